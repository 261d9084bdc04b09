"""Secrets in requests, answers and messages are masked, and nothing else is."""

from __future__ import annotations

import pytest

from emrs_mock.wire.masking import MASK, Masks, masks_of
from tests.service.model import has

RUN = {"applicationId": "00f1", "executionRoleArn": "arn:aws:iam::123456789012:role/job"}


def masked(value):
    """A mask that hides what is below the name `secret`."""
    return {name: MASK if name == "secret" else item for name, item in value.items()}


def message(text, sent):
    """A text about what was sent, without the secrets that it tells."""
    return Masks(masked, masked).message(text, sent)


@pytest.mark.parametrize(
    ("secret", "text", "shown"),
    [
        ("password", "the password is wrong", f"the {MASK} is wrong"),
        ("passwor", "the passwor is wrong", "the passwor is wrong"),
        ("passwor", "'passwor' is wrong", f"'{MASK}' is wrong"),
        ("passwor", '"passwor" is wrong', f'"{MASK}" is wrong'),
        ("password", "'passw...' is wrong", f"'{MASK}' is wrong"),
        ("password", "'...' is wrong", "'...' is wrong"),
        ("password", "'' is wrong", "'' is wrong"),
        ("password", "'name' is wrong", "'name' is wrong"),
        ("a'b", '"a\'b" is wrong', f'"{MASK}" is wrong'),
        ("line\nbreak", "'line\\nbreak' is wrong", f"'{MASK}' is wrong"),
    ],
)
def test_a_message_does_not_tell_a_secret_cut_or_whole(secret, text, shown):
    """A short one is hidden only where it is quoted: it may be a word of the message."""
    assert message(text, {"secret": secret, "name": "secret"}) == shown


def test_a_message_is_as_it_was_where_nothing_is_secret():
    """Whatever it quotes."""
    assert message("'name' and 'x'", {"name": "x"}) == "'name' and 'x'"


@pytest.mark.parametrize("overrides", [{"a": "b", "c": "d"}, {}])
def test_a_map_that_is_secret_keeps_its_keys(overrides):
    """Properties of a configuration may hold passwords."""
    mask = masks_of("StartJobRun").params
    entry = {"classification": "spark-defaults", "properties": overrides}
    shown = mask({**RUN, "configurationOverrides": {"applicationConfiguration": [entry]}})
    (configuration,) = shown["configurationOverrides"]["applicationConfiguration"]
    assert configuration == {"classification": "spark-defaults", "properties": dict.fromkeys(overrides, MASK)}


def test_a_secret_list_keeps_its_length_and_a_secret_text_nothing():
    """What is not secret is as it was; what the shape does not have, and null, is left out."""
    mask = masks_of("StartJobRun").params
    driver = {
        "sparkSubmit": {"entryPoint": "s3://x", "entryPointArguments": ["a", "b"], "sparkSubmitParameters": "--c"}
    }
    assert mask({**RUN, "jobDriver": driver, "name": None, "unknown": 1}) == {
        **RUN,
        "jobDriver": {
            "sparkSubmit": {
                "entryPoint": MASK,
                "entryPointArguments": [MASK, MASK],
                "sparkSubmitParameters": MASK,
            }
        },
    }


@pytest.mark.parametrize("wrong", ["text", 5, ["list"]])
def test_a_value_of_the_wrong_type_is_masked_as_a_whole(wrong):
    """A client that does not validate can send it, and nobody knows what it is."""
    mask = masks_of("StartJobRun").params
    assert mask({**RUN, "jobDriver": wrong}) == {**RUN, "jobDriver": MASK}
    tags = mask({**RUN, "tags": wrong})["tags"]
    assert tags == MASK


def test_the_query_of_a_dashboards_url_is_its_key():
    """It is hidden; what stands before it is not."""
    if not has("GetDashboardForJobRun"):
        pytest.skip("this botocore has no dashboards")
    mask = masks_of("GetDashboardForJobRun").answer
    assert mask({"url": "https://host/path?authToken=secret"}) == {"url": f"https://host/path?{MASK}"}
    assert mask({"url": "https://host/path?"}) == {"url": "https://host/path?"}
    assert mask({"url": "https://host/path"}) == {"url": "https://host/path"}


def test_an_operation_without_an_answer_shows_none():
    """A copy of what little there is."""
    answer = {}
    shown = masks_of("StartApplication").answer(answer)
    assert shown == {}
