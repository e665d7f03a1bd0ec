"""The difference between a file and the register."""

from products.importing import diff


def test_what_is_added_changed_missing_and_the_same():
    present = {1: {"name": "甲", "year": 2010}, 2: {"name": "乙", "year": 2011}, 3: {"name": "丙", "year": 2012}}
    wanted = {1: {"name": "甲", "year": 2010}, 2: {"name": "乙", "year": 2015}, 4: {"name": "丁", "year": 2013}}
    difference = diff(wanted, present)
    assert difference.added == {4: {"name": "丁", "year": 2013}}
    assert difference.changed == {2: {"year": 2015}}
    assert difference.removed == [3]
    assert difference.unchanged == 1


def test_values_that_the_file_does_not_name_are_not_compared():
    difference = diff({1: {"name": "甲"}}, {1: {"name": "甲", "note": "ours"}})
    assert difference.changed == {}
    assert difference.unchanged == 1
