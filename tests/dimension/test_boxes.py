import numpy as np
import pytest

from fractbench.dimension.boxes import box_counts, filled, running_sums
from known_shapes import koch, noise


def by_hand(mask, size, kind):
    count = 0
    for row in range(0, mask.shape[0], size):
        for column in range(0, mask.shape[1], size):
            box = mask[row : row + size, column : column + size]
            count += bool(box.any()) and (kind == "touched" or not box.all())
    return count


@pytest.mark.parametrize("kind", ["mixed", "touched"])
@pytest.mark.parametrize("mask", [koch(61), noise(40)[:, :29], ~noise(33, 0.02)], ids=str)
def test_counts_agree_with_a_loop_over_boxes(mask, kind):
    sizes = [1, 2, 3, 7, 16, 61, 100]
    assert box_counts(mask, sizes, kind).tolist() == [by_hand(mask, s, kind) for s in sizes]


def test_boxes_at_the_far_side_are_cut_off_and_can_be_full():
    mask = np.zeros((5, 5), bool)
    mask[:, 4] = True
    assert box_counts(mask, [4]).tolist() == [0]
    assert box_counts(mask, [4], kind="touched").tolist() == [2]


def test_nothing_has_no_boxes():
    assert box_counts(np.zeros((0, 5), bool), [1, 2]).tolist() == [0, 0]
    assert box_counts(np.zeros((5, 5), bool), [1, 2], kind="touched").tolist() == [0, 0]


def test_running_sums_give_what_a_box_holds():
    mask = noise(20)
    sums = running_sums(mask)
    assert filled(sums[3:15:11, 2:18:5]).tolist() == [
        [mask[3:14, left : left + 5].sum() for left in (2, 7, 12)]
    ]
