//! A baseline JPEG file: three components, chroma at half size. `jpeg-encoder` codes it; what Azure's files carry in
//! front of the coded image is written here.

use super::enlarge::{Enlarger, Small};
use super::{Rng, scene::SCALE};
use jpeg_encoder::{Encoder, EncodingError, ImageBuffer, JpegColorType, SamplingFactor};
use std::cell::RefCell;

/// What goes into the file.
pub(super) struct Job<'a> {
    pub(super) width: usize,
    pub(super) height: usize,
    /// RGB at one part in [`SCALE`] of the size.
    pub(super) small: &'a Small,
    pub(super) rng: Rng,
    pub(super) grain: bool,
    pub(super) comment: Option<&'a str>,
}

const QUALITY: u8 = 88;
const GRAIN_MASK: u8 = 15;
/// Bytes of the marker that a file starts with.
const START: usize = 2;
/// Payload that fits one APP11 segment beside its own header.
const APP11_ROOM: usize = 0xffff - 2 - 8;
/// APP0 as Azure's files have it: JFIF 1.1, no unit, one by one.
const JFIF: &[u8] = b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0";

/// Writes the whole file.
///
/// # Errors
/// The encoder's own, for a width or height of zero or over 65,535 pixels.
pub(super) fn write(job: &Job<'_>) -> Result<Vec<u8>, EncodingError> {
    let mut coded = Vec::with_capacity(64 * 1024 + job.width * job.height / 2);
    let mut encoder = Encoder::new(&mut coded, QUALITY);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    let planes = split(job.small);
    encoder.encode_image(Rows::new(job, &planes))?;
    let mut head = vec![0xff, 0xd8];
    segment(&mut head, 0xe0, JFIF);
    if let Some(comment) = job.comment {
        segment(&mut head, 0xfe, comment.as_bytes());
    }
    coded.splice(..header_length(&coded), head);
    Ok(coded)
}

/// The file with `manifest`, a JUMBF box, in APP11; it comes before APP0, as Azure's FLUX-1.1-pro writes it.
pub(super) fn signed(file: &[u8], manifest: &[u8]) -> Vec<u8> {
    let (start, rest) = file.split_at(START.min(file.len()));
    let mut out = Vec::with_capacity(file.len() + manifest.len() + 16);
    out.extend(start);
    write_app11(&mut out, manifest);
    out.extend(rest);
    out
}

/// Length of the start marker and APP0, which the encoder writes before everything else.
fn header_length(coded: &[u8]) -> usize {
    match coded {
        [0xff, 0xd8, 0xff, 0xe0, high, low, ..] => {
            4 + usize::from(u16::from_be_bytes([*high, *low]))
        }
        _ => 2,
    }
}

fn segment(out: &mut Vec<u8>, marker: u8, payload: &[u8]) {
    out.extend([0xff, marker]);
    out.extend((payload.len() as u16 + 2).to_be_bytes());
    out.extend(payload);
}

fn write_app11(out: &mut Vec<u8>, manifest: &[u8]) {
    let mut payload = Vec::with_capacity(manifest.len() + 8);
    payload.extend(b"JP");
    payload.extend([0x8e, 0x00]);
    payload.extend([0; 4]);
    payload.extend(&manifest[..manifest.len().min(APP11_ROOM)]);
    segment(out, 0xeb, &payload);
}

/// Luma and the two chromas of an RGB image (JFIF, in 16-bit fixed point).
fn split(small: &Small) -> [Small; 3] {
    let mut planes = [Vec::new(), Vec::new(), Vec::new()];
    for point in small.samples.chunks_exact(3) {
        let (y, cb, cr) = jpeg_encoder::rgb_to_ycbcr(point[0], point[1], point[2]);
        for (plane, value) in planes.iter_mut().zip([y, cb, cr]) {
            plane.push(value);
        }
    }
    planes.map(|samples| Small {
        width: small.width,
        channels: 1,
        samples,
    })
}

/// The rows of the image as the encoder asks for them, from the top, so that no whole bitmap is held.
struct Rows<'a> {
    width: u16,
    height: u16,
    state: RefCell<State<'a>>,
}

struct State<'a> {
    planes: [Plane<'a>; 3],
    /// The row that the planes hold.
    at: Option<u16>,
}

struct Plane<'a> {
    enlarger: Enlarger<'a>,
    row: Vec<u8>,
    /// Columns and rows of the image for each sample.
    step: usize,
}

impl<'a> Rows<'a> {
    fn new(job: &Job<'_>, planes: &'a [Small; 3]) -> Self {
        let [luma, blue, red] = planes;
        let mask = if job.grain { GRAIN_MASK } else { 0 };
        let plane = |small: &'a Small, step: usize, mask: u8, rng: Rng| {
            let width = job.width.div_ceil(step);
            Plane {
                enlarger: Enlarger::new(small, SCALE / step, width, mask, rng),
                row: vec![0; width],
                step,
            }
        };
        Rows {
            width: job.width as u16,
            height: job.height as u16,
            state: RefCell::new(State {
                planes: [
                    plane(luma, 1, mask, job.rng.clone()),
                    plane(blue, 2, 0, Rng::new(0)),
                    plane(red, 2, 0, Rng::new(0)),
                ],
                at: None,
            }),
        }
    }
}

impl ImageBuffer for Rows<'_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        JpegColorType::Ycbcr
    }

    fn width(&self) -> u16 {
        self.width
    }

    fn height(&self) -> u16 {
        self.height
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let mut state = self.state.borrow_mut();
        // The encoder repeats the last row to fill its last block.
        let is_new = state.at != Some(y);
        state.at = Some(y);
        for (plane, buffer) in state.planes.iter_mut().zip(buffers) {
            if is_new && usize::from(y) % plane.step == 0 {
                plane.enlarger.next_row(&mut plane.row);
            }
            if plane.step == 1 {
                buffer.extend_from_slice(&plane.row);
            } else {
                let doubled = plane.row.iter().flat_map(|sample| [*sample; 2]);
                buffer.extend(doubled.take(usize::from(self.width)));
            }
        }
    }
}
