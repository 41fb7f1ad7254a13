"""Shared by the sensor's tests."""

import pytest
from tests.sensor.namespaces import need_namespaces


@pytest.fixture
def namespaces():
    need_namespaces()
