"""The environment, and what is wrong with it."""

import pytest

from podlynx.operator.settings import Settings, WrongSetting


def test_without_any_variable_the_defaults_hold():
    assert Settings.of({}) == Settings()


def test_what_the_chart_sets():
    said = Settings.of(
        {
            "POD_NAMESPACE": "security",
            "PODLYNX_IMAGE": "example/podlynx:2",
            "PODLYNX_IMAGE_PULL_SECRETS": "one, two,",
            "PODLYNX_CALICO_GROUPS": "sideBySide",
            "PODLYNX_CAPTURE_MODE": "pod",
            "PODLYNX_MANAGER": "https://manager:8443/",
            "PODLYNX_OWNER": "",
        }
    )
    assert (said.namespace, said.image, said.pull_secrets) == ("security", "example/podlynx:2", ("one", "two"))
    assert (said.calico_groups, said.capture_mode, said.manager, said.owner) == ("sideBySide", "pod", "https://manager:8443", "")


def test_no_priority_class_is_a_choice_too():
    assert Settings.of({"PODLYNX_PRIORITY_CLASS": ""}).priority_class == ""


@pytest.mark.parametrize("variable", ["PODLYNX_CALICO_GROUPS", "PODLYNX_CAPTURE_MODE", "PODLYNX_IMAGE_PULL_POLICY"])
def test_a_wrong_value_is_named_with_what_it_may_be(variable):
    with pytest.raises(WrongSetting, match=rf"{variable} is 'x'; it may be \w+, "):
        Settings.of({variable: "x"})
