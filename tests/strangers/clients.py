"""Unmodified Azure and OpenAI clients against a simulated internet, at production URLs.

usage: clients.py READY_FILE      (HTTPS_PROXY and SSL_CERT_FILE point into the simulated internet)
"""

import base64
import io
import json
import sys
import unittest

import openai
from azure.core.exceptions import ClientAuthenticationError, ResourceNotFoundError
from azure.identity import ClientSecretCredential, get_bearer_token_provider
from azure.mgmt.apimanagement import ApiManagementClient
from azure.mgmt.cognitiveservices import CognitiveServicesManagementClient

READY = {}
GROUP = "lab-master-lab"
ACCOUNT = "foundry1-pavavy6pu5hpa"
GATEWAY = "apim-pavavy6pu5hpa"
API_VERSION = "2025-04-01-preview"


def credential(secret=None):
    return ClientSecretCredential(
        READY["tenant_id"], READY["client_id"], secret or READY["client_secret"]
    )


def account():
    return next(entry for entry in READY["accounts"] if entry["name"] == ACCOUNT)


def gateway():
    return next(entry for entry in READY["gateways"] if entry["name"] == GATEWAY)


def direct(**options):
    options.setdefault("api_key", account()["api_key"])
    return openai.AzureOpenAI(
        azure_endpoint=f"https://{ACCOUNT}.openai.azure.com",
        api_version=options.pop("api_version", API_VERSION),
        max_retries=0,
        **options,
    )


def through_gateway(**options):
    options.setdefault("api_key", gateway()["subscription_key"])
    return openai.AzureOpenAI(
        azure_endpoint=gateway()["url"] + "/inference",
        api_version=options.pop("api_version", "2024-08-01-preview"),
        max_retries=0,
        **options,
    )


def draw(client, model="FLUX-1.1-pro", **options):
    return client.images.generate(
        model=model, prompt=options.pop("prompt", "a red bicycle"), size="1024x1024", n=1, **options
    )


class Identity(unittest.TestCase):
    def test_client_secret_gives_a_token(self):
        token = credential().get_token("https://management.azure.com/.default")
        self.assertEqual(token.token.count("."), 2)

    def test_wrong_secret_is_refused_in_entras_words(self):
        with self.assertRaises(ClientAuthenticationError) as caught:
            credential("wrong").get_token("https://management.azure.com/.default")
        self.assertIn("AADSTS7000215", str(caught.exception))


class CognitiveServices(unittest.TestCase):
    def setUp(self):
        self.client = CognitiveServicesManagementClient(credential(), READY["subscription_id"])

    def test_accounts_come_over_all_pages(self):
        names = sorted(entry.name for entry in self.client.accounts.list())
        self.assertEqual(names, sorted(entry["name"] for entry in READY["accounts"]))

    def test_deployments_tell_model_and_limits(self):
        found = {entry.name: entry for entry in self.client.deployments.list(GROUP, ACCOUNT)}
        self.assertEqual(len(found), 10)
        flux = found["FLUX-1.1-pro"]
        self.assertEqual(flux.properties.model.format, "Black Forest Labs")
        self.assertEqual(flux.sku.name, "GlobalStandard")
        self.assertEqual(flux.properties.rate_limits[0].key, "request")

    def test_keys_are_those_that_open_the_data_plane(self):
        keys = self.client.accounts.list_keys(GROUP, ACCOUNT)
        self.assertEqual(keys.key1, account()["api_key"])

    def test_unknown_account_is_not_found(self):
        with self.assertRaises(ResourceNotFoundError) as caught:
            self.client.accounts.get(GROUP, "nowhere")
        self.assertEqual(caught.exception.error.code, "ResourceNotFound")


class ApiManagement(unittest.TestCase):
    def setUp(self):
        self.client = ApiManagementClient(credential(), READY["subscription_id"])

    def test_services(self):
        services = list(self.client.api_management_service.list())
        self.assertEqual([entry.name for entry in services], [GATEWAY])
        self.assertEqual(services[0].gateway_url, gateway()["url"])

    def test_apis_and_operations(self):
        apis = {entry.name: entry for entry in self.client.api.list_by_service(GROUP, GATEWAY)}
        self.assertEqual(apis["inference-api"].path, "inference/openai")
        self.assertEqual(apis["inference-api"].subscription_key_parameter_names.header, "api-key")
        operations = list(self.client.api_operation.list_by_api(GROUP, GATEWAY, "inference-api"))
        image = next(entry for entry in operations if entry.name == "ImageGenerations_Create")
        self.assertEqual(
            image.url_template,
            "/deployments/{deployment-id}/images/generations?api-version={api-version}",
        )
        self.assertGreaterEqual(len(operations), 48)

    def test_backends_and_the_pool(self):
        names = {entry.name for entry in self.client.backend.list_by_service(GROUP, GATEWAY)}
        self.assertIn("inference-backend-pool", names)

    def test_policy_is_read_with_its_byte_order_mark(self):
        policy = self.client.api_policy.get(GROUP, GATEWAY, "inference-api", "policy", format="rawxml")
        self.assertIn("set-backend-service", policy.value)

    def test_subscription_secrets_open_the_gateway(self):
        subscriptions = list(self.client.subscription.list(GROUP, GATEWAY))
        keys = [
            self.client.subscription.list_secrets(GROUP, GATEWAY, entry.name).primary_key
            for entry in subscriptions
        ]
        self.assertIn(gateway()["subscription_key"], keys)


class Images:
    """Checks that hold both directly and through the gateway."""

    def test_text_becomes_a_jpeg(self):
        answer = draw(self.client())
        self.assertIsNone(answer.data[0].url)
        picture = base64.b64decode(answer.data[0].b64_json)
        self.assertEqual(picture[:4], b"\xff\xd8\xff\xeb")

    def test_wrong_key_is_an_authentication_error(self):
        with self.assertRaises(openai.AuthenticationError) as caught:
            draw(self.client(api_key="0" * 32))
        self.assertEqual(caught.exception.status_code, 401)

    def test_unknown_deployment_is_not_found(self):
        with self.assertRaises(openai.NotFoundError) as caught:
            draw(self.client(), model="dall-e-3")
        self.assertEqual(caught.exception.code, "DeploymentNotFound")

    def test_filtered_prompt_is_a_bad_request(self):
        with self.assertRaises(openai.BadRequestError) as caught:
            draw(self.client(), prompt="graphic violence, gore and blood, a massacre")
        self.assertEqual(caught.exception.code, "contentFilter")

    def test_too_many_calls_are_told_when_to_come_back(self):
        with self.assertRaises(openai.RateLimitError) as caught:
            for _ in range(30):
                try:
                    draw(self.client(), prompt="")
                except openai.BadRequestError:
                    pass
        self.assertGreaterEqual(int(caught.exception.response.headers["retry-after"]), 1)

    def test_a_chat_model_sees_the_picture(self):
        client = self.client()
        picture = self.picture(client)
        answer = client.chat.completions.create(
            model="gpt-4o-mini",
            max_tokens=200,
            messages=[
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "What does this picture show?"},
                        {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64," + picture}},
                    ],
                }
            ],
        )
        self.assertIn("bicycle", answer.choices[0].message.content.lower())

    def picture(self, client):
        return draw(client).data[0].b64_json


class Direct(Images, unittest.TestCase):
    def client(self, **options):
        return direct(**options)

    def test_kontext_edits_a_picture(self):
        client = self.client()
        drawn = draw(client, model="FLUX.1-Kontext-pro")
        png = base64.b64decode(drawn.data[0].b64_json)
        self.assertEqual(png[:8], b"\x89PNG\r\n\x1a\n")
        edited = client.images.edit(
            model="FLUX.1-Kontext-pro", prompt="make it blue", image=("in.png", io.BytesIO(png), "image/png")
        )
        self.assertNotEqual(edited.data[0].b64_json, drawn.data[0].b64_json)

    def test_entra_token_opens_the_data_plane(self):
        provider = get_bearer_token_provider(credential(), "https://cognitiveservices.azure.com/.default")
        client = openai.AzureOpenAI(
            azure_endpoint=f"https://{ACCOUNT}.openai.azure.com",
            api_version=API_VERSION,
            azure_ad_token_provider=provider,
            max_retries=0,
        )
        self.assertTrue(draw(client).data[0].b64_json)

    def test_wrong_key_is_refused_in_the_services_own_words(self):
        with self.assertRaises(openai.AuthenticationError) as caught:
            draw(self.client(api_key="0" * 32))
        self.assertIn("wrong API endpoint", caught.exception.message)


class ThroughGateway(Images, unittest.TestCase):
    def client(self, **options):
        return through_gateway(**options)

    def test_wrong_key_is_refused_by_the_gateway(self):
        with self.assertRaises(openai.AuthenticationError) as caught:
            draw(self.client(api_key="0" * 32))
        challenge = caught.exception.response.headers["www-authenticate"]
        self.assertTrue(challenge.startswith("AzureApiManagementKey realm="), challenge)

    def test_unpublished_edit_is_the_gateways_404(self):
        with self.assertRaises(openai.NotFoundError) as caught:
            self.client().images.edit(
                model="FLUX.1-Kontext-pro", prompt="x", image=("in.png", io.BytesIO(b"\x89PNG"), "image/png")
            )
        body = caught.exception.response.text
        self.assertEqual(body, '{ "statusCode": 404, "message": "Resource not found" }')


WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


class V1(unittest.TestCase):
    """The surface without an api-version: the plain OpenAI client, the key as bearer."""

    HELLO = [{"role": "user", "content": "say hello"}]

    def client(self, **options):
        options.setdefault("api_key", account()["api_key"])
        return openai.OpenAI(
            base_url=f"https://{ACCOUNT}.services.ai.azure.com/openai/v1/", max_retries=0, **options
        )

    def test_a_picture_and_a_talk_by_key(self):
        self.assertTrue(draw(self.client()).data[0].b64_json)
        answer = self.client().chat.completions.create(model="gpt-4o-mini", messages=self.HELLO)
        self.assertIn("hello", answer.choices[0].message.content)

    def test_the_audience_of_foundry_opens_it(self):
        provider = get_bearer_token_provider(credential(), "https://ai.azure.com/.default")
        client = self.client(api_key=provider)
        self.assertTrue(client.chat.completions.create(model="gpt-4o-mini", messages=self.HELLO).id)

    def test_wrong_key_is_an_authentication_error(self):
        with self.assertRaises(openai.AuthenticationError):
            self.client(api_key="0" * 32).chat.completions.create(model="gpt-4o-mini", messages=self.HELLO)

    def test_a_stream_is_the_same_text_in_pieces(self):
        stream = self.client().chat.completions.create(
            model="gpt-4o-mini", messages=self.HELLO, stream=True, stream_options={"include_usage": True}
        )
        text, usage = "", None
        for chunk in stream:
            usage = chunk.usage or usage
            text += "".join(choice.delta.content or "" for choice in chunk.choices)
        self.assertIn("hello", text)
        self.assertGreater(usage.total_tokens, 0)

    def test_a_forced_tool_is_called(self):
        answer = self.client().chat.completions.create(
            model="gpt-4o-mini", messages=self.HELLO, tools=[WEATHER], tool_choice="required"
        )
        call = answer.choices[0].message.tool_calls[0]
        self.assertEqual(call.function.name, "weather")
        self.assertIn("city", json.loads(call.function.arguments))

    def test_an_answer_has_the_form_that_is_asked_for(self):
        schema = {"type": "object", "properties": {"good": {"type": "boolean"}}, "required": ["good"]}
        answer = self.client().chat.completions.create(
            model="gpt-4o-mini",
            messages=self.HELLO,
            response_format={"type": "json_schema", "json_schema": {"name": "judged", "schema": schema}},
        )
        self.assertEqual(json.loads(answer.choices[0].message.content), {"good": True})

    def test_the_responses_api_answers_and_keeps(self):
        client = self.client()
        made = client.responses.create(model="gpt-4o-mini", input="say hello")
        self.assertIn("hello", made.output_text)
        self.assertEqual(client.responses.retrieve(made.id).output_text, made.output_text)

    def test_the_responses_api_streams(self):
        with self.client().responses.stream(model="gpt-4o-mini", input="say hello") as stream:
            for _ in stream:
                pass
            self.assertIn("hello", stream.get_final_response().output_text)


class ModelInference(unittest.TestCase):
    """`/models/*`, by the SDK that is made for it."""

    def client(self, key):
        from azure.ai.inference import ChatCompletionsClient
        from azure.core.credentials import AzureKeyCredential

        return ChatCompletionsClient(
            endpoint=f"https://{ACCOUNT}.services.ai.azure.com/models", credential=AzureKeyCredential(key)
        )

    def test_chat_whole_and_as_a_stream(self):
        client = self.client(account()["api_key"])
        ask = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "say hello"}]}
        self.assertIn("hello", client.complete(**ask).choices[0].message.content)
        pieces = client.complete(stream=True, **ask)
        text = "".join(update.choices[0].delta.content or "" for update in pieces if update.choices)
        self.assertIn("hello", text)

    def test_wrong_key_is_refused(self):
        with self.assertRaises(ClientAuthenticationError):
            self.client("0" * 32).complete(
                model="gpt-4o-mini", messages=[{"role": "user", "content": "say hello"}]
            )


def later(test):
    """Lets the rate limits of the test before run out, in simulated time."""
    import urllib.request

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(READY["control"] + "/clock/advance?seconds=61", method="POST", data=b"")
    opener.open(request, timeout=10).read()


if __name__ == "__main__":
    with open(sys.argv.pop(1), encoding="utf-8") as ready:
        READY.update(json.load(ready))
    for case in (Direct, ThroughGateway, V1):
        case.setUp = later
    unittest.main(verbosity=2)
