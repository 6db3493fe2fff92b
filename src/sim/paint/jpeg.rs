//! A baseline JPEG file: three components, chroma at half size, the standard Huffman tables of ITU-T T.81 annex K.

use super::enlarge::{Enlarger, Small};
use super::{Rng, scene::SCALE};

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

const QUALITY: u32 = 88;
const GRAIN_MASK: u8 = 15;
/// Bytes of the marker that a file starts with.
const START: usize = 2;
/// Payload that fits one APP11 segment beside its own header.
const APP11_ROOM: usize = 0xffff - 2 - 8;

/// Writes the whole file.
pub(super) fn write(job: Job<'_>) -> Vec<u8> {
    let luma_table = scaled(&LUMA_QUANTIZATION);
    let chroma_table = scaled(&CHROMA_QUANTIZATION);
    let mut out = Vec::with_capacity(64 * 1024 + job.width * job.height / 2);
    out.extend([0xff, 0xd8]);
    segment(&mut out, 0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    if let Some(comment) = job.comment {
        segment(&mut out, 0xfe, comment.as_bytes());
    }
    for (id, table) in [(0u8, &luma_table), (1, &chroma_table)] {
        let mut payload = vec![id];
        payload.extend(ZIGZAG.iter().map(|index| table[*index] as u8));
        segment(&mut out, 0xdb, &payload);
    }
    let [high_h, low_h] = (job.height as u16).to_be_bytes();
    let [high_w, low_w] = (job.width as u16).to_be_bytes();
    segment(
        &mut out,
        0xc0,
        &[
            8, high_h, low_h, high_w, low_w, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1,
        ],
    );
    for (class, lengths, values) in HUFFMAN {
        let mut payload = vec![class];
        payload.extend(lengths);
        payload.extend(values);
        segment(&mut out, 0xc4, &payload);
    }
    segment(&mut out, 0xda, &[3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0]);
    let mut out = write_scan(&job, out, &luma_table, &chroma_table);
    out.extend([0xff, 0xd9]);
    out
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

fn write_scan(job: &Job<'_>, out: Vec<u8>, luma: &[u32; 64], chroma: &[u32; 64]) -> Vec<u8> {
    let [y_small, b_small, r_small] = split(job.small);
    let across = job.width.div_ceil(16);
    let (wide, half) = (across * 16, across * 8);
    let mask = if job.grain { GRAIN_MASK } else { 0 };
    let mut y_rows = Enlarger::new(&y_small, SCALE, wide, mask, job.rng.clone());
    let quiet = || Rng::new(0);
    let mut b_rows = Enlarger::new(&b_small, SCALE / 2, half, 0, quiet());
    let mut r_rows = Enlarger::new(&r_small, SCALE / 2, half, 0, quiet());
    let (mut y_strip, mut b_strip) = (vec![0; wide * 16], vec![0; half * 8]);
    let mut r_strip = vec![0; half * 8];
    let (luma, chroma) = (Coder::new(luma, 0), Coder::new(chroma, 2));
    let mut bits = BitWriter::onto(out);
    let mut last = [0i32; 3];
    for _ in 0..job.height.div_ceil(16) {
        (y_strip.chunks_mut(wide)).for_each(|row| y_rows.next_row(row));
        (b_strip.chunks_mut(half)).for_each(|row| b_rows.next_row(row));
        (r_strip.chunks_mut(half)).for_each(|row| r_rows.next_row(row));
        for unit in 0..across {
            for (down, right) in [(0, 0), (0, 8), (8, 0), (8, 8)] {
                let start = down * wide + unit * 16 + right;
                luma.encode(&y_strip[start..], wide, &mut last[0], &mut bits);
            }
            chroma.encode(&b_strip[unit * 8..], half, &mut last[1], &mut bits);
            chroma.encode(&r_strip[unit * 8..], half, &mut last[2], &mut bits);
        }
    }
    bits.finish()
}

/// Luma and the two chromas of an RGB picture (JFIF, in 16-bit fixed point).
fn split(small: &Small) -> [Small; 3] {
    let mut planes = [Vec::new(), Vec::new(), Vec::new()];
    for point in small.samples.chunks_exact(3) {
        let [r, g, b] = [0, 1, 2].map(|channel| i32::from(point[channel]));
        let y = (19595 * r + 38470 * g + 7471 * b + 32768) >> 16;
        let cb = ((-11059 * r - 21709 * g + 32768 * b + 32768) >> 16) + 128;
        let cr = ((32768 * r - 27439 * g - 5329 * b + 32768) >> 16) + 128;
        for (plane, value) in planes.iter_mut().zip([y, cb, cr]) {
            plane.push(value.clamp(0, 255) as u8);
        }
    }
    planes.map(|samples| Small {
        width: small.width,
        channels: 1,
        samples,
    })
}

/// Encodes blocks of one kind of component.
struct Coder {
    /// Multipliers that quantise and undo the scaling of the fast DCT.
    scale: [[f32; 8]; 8],
    dc: [(u32, u32); 256],
    ac: [(u32, u32); 256],
}

impl Coder {
    fn new(table: &[u32; 64], first_huffman: usize) -> Self {
        let mut scale = [[0.0; 8]; 8];
        for (row, line) in scale.iter_mut().enumerate() {
            for (column, factor) in line.iter_mut().enumerate() {
                let quantum = table[row * 8 + column] as f32;
                *factor = 1.0 / (quantum * AAN[row] * AAN[column] * 8.0);
            }
        }
        Coder {
            scale,
            dc: codes(&HUFFMAN[first_huffman]),
            ac: codes(&HUFFMAN[first_huffman + 1]),
        }
    }

    fn encode(&self, samples: &[u8], stride: usize, last: &mut i32, bits: &mut BitWriter) {
        let mut block = [[0f32; 8]; 8];
        for (line, row) in block.iter_mut().zip(samples.chunks(stride)) {
            for (value, sample) in line.iter_mut().zip(row) {
                *value = f32::from(*sample) - 128.0;
            }
        }
        transform(&mut block);
        let mut block = transpose(&block);
        transform(&mut block);
        let block = transpose(&block);
        let mut quantised = [0i32; 64];
        for (row, (line, scale)) in block.iter().zip(&self.scale).enumerate() {
            for column in 0..8 {
                let value = line[column] * scale[column];
                quantised[row * 8 + column] = (value + 16384.5) as i32 - 16384;
            }
        }
        self.write(&quantised, last, bits);
    }

    fn write(&self, block: &[i32; 64], last: &mut i32, bits: &mut BitWriter) {
        let difference = block[0] - *last;
        *last = block[0];
        let (size, extra) = magnitude(difference);
        bits.code(self.dc[size as usize]);
        bits.put(extra, size);
        let mut zeros = 0usize;
        for index in &ZIGZAG[1..] {
            let value = block[*index];
            if value == 0 {
                zeros += 1;
                continue;
            }
            while zeros > 15 {
                bits.code(self.ac[0xf0]);
                zeros -= 16;
            }
            let (size, extra) = magnitude(value);
            let (code, length) = self.ac[(zeros << 4) | size as usize];
            bits.put((code << size) | extra, length + size);
            zeros = 0;
        }
        if zeros > 0 {
            bits.code(self.ac[0]);
        }
    }
}

/// How many bits a value takes, and those bits.
fn magnitude(value: i32) -> (u32, u32) {
    let size = 32 - value.unsigned_abs().leading_zeros();
    let bits = if value < 0 { value - 1 } else { value };
    (size, bits as u32 & ((1 << size) - 1))
}

/// Eight DCTs at once, down the columns (Arai, Agui and Nakajima, outputs scaled).
fn transform(block: &mut [[f32; 8]; 8]) {
    for lane in 0..8 {
        let at = |row: usize| block[row][lane];
        let (s0, d0) = (at(0) + at(7), at(0) - at(7));
        let (s1, d1) = (at(1) + at(6), at(1) - at(6));
        let (s2, d2) = (at(2) + at(5), at(2) - at(5));
        let (s3, d3) = (at(3) + at(4), at(3) - at(4));
        let (e0, e3) = (s0 + s3, s0 - s3);
        let (e1, e2) = (s1 + s2, s1 - s2);
        let turned = (e2 + e3) * std::f32::consts::FRAC_1_SQRT_2;
        let (o0, o1, o2) = (d3 + d2, d2 + d1, d1 + d0);
        let z5 = (o0 - o2) * 0.382_683_43;
        let z2 = 0.541_196_1 * o0 + z5;
        let z4 = 1.306_563 * o2 + z5;
        let z3 = o1 * std::f32::consts::FRAC_1_SQRT_2;
        let (z11, z13) = (d0 + z3, d0 - z3);
        let result = [
            e0 + e1,
            z11 + z4,
            e3 + turned,
            z13 - z2,
            e0 - e1,
            z13 + z2,
            e3 - turned,
            z11 - z4,
        ];
        for (line, value) in block.iter_mut().zip(result) {
            line[lane] = value;
        }
    }
}

fn transpose(block: &[[f32; 8]; 8]) -> [[f32; 8]; 8] {
    std::array::from_fn(|row| std::array::from_fn(|column| block[column][row]))
}

fn scaled(table: &[u32; 64]) -> [u32; 64] {
    let percent = if QUALITY < 50 {
        5000 / QUALITY
    } else {
        200 - 2 * QUALITY
    };
    table.map(|quantum| ((quantum * percent + 50) / 100).clamp(1, 255))
}

/// Code and length of each symbol.
fn codes((_, lengths, values): &(u8, [u8; 16], &[u8])) -> [(u32, u32); 256] {
    let mut table = [(0, 0); 256];
    let mut code = 0;
    let mut values = values.iter();
    for (length, count) in (1..).zip(lengths) {
        for value in values.by_ref().take(usize::from(*count)) {
            table[usize::from(*value)] = (code, length);
            code += 1;
        }
        code <<= 1;
    }
    table
}

/// Bits into bytes, with the zero that JPEG wants behind every `FF`.
struct BitWriter {
    out: Vec<u8>,
    held: u64,
    count: u32,
}

impl BitWriter {
    fn onto(out: Vec<u8>) -> Self {
        BitWriter {
            out,
            held: 0,
            count: 0,
        }
    }

    fn code(&mut self, (code, length): (u32, u32)) {
        self.put(code, length);
    }

    /// Adds up to 31 bits.
    fn put(&mut self, bits: u32, length: u32) {
        self.held = (self.held << length) | u64::from(bits);
        self.count += length;
        if self.count >= 32 {
            self.count -= 32;
            let bytes = ((self.held >> self.count) as u32).to_be_bytes();
            self.out_bytes(&bytes);
        }
    }

    fn out_bytes(&mut self, bytes: &[u8]) {
        if !bytes.contains(&0xff) {
            self.out.extend_from_slice(bytes);
            return;
        }
        for byte in bytes {
            self.out.push(*byte);
            if *byte == 0xff {
                self.out.push(0);
            }
        }
    }

    fn finish(mut self) -> Vec<u8> {
        self.put(0x7f, 7);
        while self.count >= 8 {
            self.count -= 8;
            let byte = (self.held >> self.count) as u8;
            self.out_bytes(&[byte]);
        }
        self.out
    }
}

const AAN: [f32; 8] = [
    1.0,
    1.387_039_8,
    1.306_563,
    1.175_875_6,
    1.0,
    0.785_694_96,
    0.541_196_1,
    0.275_899_38,
];

#[rustfmt::skip]
const ZIGZAG: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

#[rustfmt::skip]
const LUMA_QUANTIZATION: [u32; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];

#[rustfmt::skip]
const CHROMA_QUANTIZATION: [u32; 64] = [
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
];

/// Class and id, codes of each length, symbols: luma DC, luma AC, chroma DC, chroma AC.
#[rustfmt::skip]
const HUFFMAN: [(u8, [u8; 16], &[u8]); 4] = [
    (0x00, [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
    (0x10, [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d], &[
        0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71, 0x14, 0x32, 0x81, 0x91, 0xa1, 0x08,
        0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0, 0x24, 0x33, 0x62, 0x72, 0x82, 0x09, 0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28,
        0x29, 0x2a, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59,
        0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89,
        0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6,
        0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2,
        0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
    ]),
    (0x01, [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
    (0x11, [0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77], &[
        0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71, 0x13, 0x22, 0x32, 0x81, 0x08, 0x14, 0x42, 0x91,
        0xa1, 0xb1, 0xc1, 0x09, 0x23, 0x33, 0x52, 0xf0, 0x15, 0x62, 0x72, 0xd1, 0x0a, 0x16, 0x24, 0x34, 0xe1, 0x25, 0xf1, 0x17, 0x18, 0x19, 0x1a, 0x26,
        0x27, 0x28, 0x29, 0x2a, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58,
        0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87,
        0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4,
        0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda,
        0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
    ]),
];
