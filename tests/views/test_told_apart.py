"""Short labels: what tells the names in a line apart."""

from __future__ import annotations

import pytest

from course_helpers.views.words import told_apart


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (["worker('A', 3)", "worker('B', 3)"], ["A", "B"]),
        (["request(0)", "request(12)"], ["0", "12"]),
        (["worker A", "worker B"], ["A", "B"]),
        (["download()", "upload()"], ["download", "upload"]),
        (["task 10", "task 20"], ["10", "20"]),
        (["job", "job 2"], ["job", "job 2"]),
        (["read('quick', 1)", "read('slow', 5)"], ["quick, 1", "slow, 5"]),
        (["get('a', 'x')", "get('b', 'y')"], ["a, x", "b, y"]),
        (["put(1, 'x')", "put(2, 'x')"], ["1", "2"]),
        (["crawl_all()", "crawl_some('a')"], ["all()", "some('a')"]),
        (["Ann's job", "Bob's job"], ["Ann", "Bob"]),
        (["Ann's", "Bob's tea"], ["Ann's", "Bob's tea"]),
        (["main()"], ["main()"]),
        (["same()", "same()"], ["same()", "same()"]),
        (["", "a"], ["", "a"]),
    ],
)
def test_names_lose_what_they_have_in_common(names: list[str], short: list[str]) -> None:
    assert told_apart(names) == short
