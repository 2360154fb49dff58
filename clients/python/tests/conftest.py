import asyncio

import pytest

import patchbay
from fake import TOKEN, FakeHost


@pytest.fixture
async def host():
    made = FakeHost()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def exchange(host):
    pauses = []

    async def sleep(seconds):
        """Time is counted, not spent."""
        pauses.append(seconds)
        await asyncio.sleep(0)

    client = patchbay.Patchbay("sea", url=host.url, token=TOKEN, seed=1, sleep=sleep)
    client.pauses = pauses
    yield client
    await client.close()


def soon(job):
    """A watched thing that has to come now."""
    return asyncio.wait_for(job, 5)
