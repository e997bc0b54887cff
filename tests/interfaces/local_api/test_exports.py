"""Records written for whoever asks: a few at a time, so that a desk that has to say something finds a thread."""

from __future__ import annotations

import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from steerclear.interfaces.local_api.api import local_api
from steerclear.interfaces.local_api.limits import MAX_EXPORTS
from tests.interfaces.local_api.served import READER, TOKENS, ask, serving


@pytest.mark.requirement("SC-LINE-17")
def test_long_exports_leave_threads_for_what_the_desk_says(parties):
    finished, begun = threading.Event(), threading.Semaphore(0)

    def long_one(peer):
        begun.release()
        finished.wait()
        return io.BytesIO(peer.encode())

    app = local_api(parties[0].exchange, TOKENS, lambda: None, long_one)
    with serving(app) as address, ThreadPoolExecutor(MAX_EXPORTS) as readers:
        try:
            asked = [readers.submit(ask, address, "/api/v1/record/south", READER) for _ in range(MAX_EXPORTS)]
            for _ in asked:
                assert begun.acquire(timeout=10)
            status, _, body = ask(address, "/api/v1/record/south", READER)
            assert status == 503
            assert "ask again" in json.loads(body)["problem"]
        finally:
            finished.set()
        assert [one.result()[::2] for one in asked] == [(200, b"south")] * MAX_EXPORTS
        assert ask(address, "/api/v1/record/south", READER)[::2] == (200, b"south")
