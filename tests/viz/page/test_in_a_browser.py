"""The live page in a real browser: what is clicked, typed and read back."""

from __future__ import annotations

import random

import pytest
from live_page import Shown, card, in_node, numbers
from playwright.sync_api import Page as Opened
from playwright.sync_api import expect
from random_graphs import FUNCTIONS
from samples import function_of, nodes_of, smooth_points

from autograd_core import Value, apply, exp, paths, tanh, topological_order

pytestmark = pytest.mark.slow


def neuron() -> tuple[Value, Value]:
    w, x, b = Value(2.0, "w"), Value(0.5, "x"), Value(-0.3, "b")
    return (tanh(w * x + b) - 0.9) ** 2 + 0.1 * w * w, w


def assert_equal_to_python(page: Opened, root: Value) -> None:
    order = topological_order(root)
    root.backward()
    found = numbers(page)
    for place, node in enumerate(order):
        assert found["data"][place] == pytest.approx(node.data, rel=1e-12, nan_ok=True)
        if node.differentiable:
            assert found["grads"][place] == pytest.approx(node.grad, rel=1e-12, abs=1e-300, nan_ok=True)


# --- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("point", range(4))
def test_every_primitive_gives_the_numbers_of_python(shown: Shown, point: int) -> None:
    root = Value(0.0, "sum")
    for rule in FUNCTIONS:
        points = smooth_points(rule)
        given = points[(7 * point + 3) % len(points)]
        root = root + function_of(rule, given)(*map(Value, given[: nodes_of(rule)]))
    with shown(root) as page:
        assert_equal_to_python(page, root)


@pytest.mark.parametrize("seed", range(4))
def test_random_graphs_have_the_numbers_of_python_after_leaves_were_moved(shown: Shown, seed: int) -> None:
    generator = random.Random(seed)

    def graph(a: float, b: float, c: float) -> Value:
        nodes = [Value(a, "a"), Value(b, "b"), Value(c, "c")]
        choose = random.Random(seed)
        for _ in range(30):
            one, other = choose.choice(nodes), choose.choice(nodes)
            op = choose.choice(["add", "sub", "mul", "tanh", "sigmoid", "sin", "exp"])
            nodes.append(tanh(apply(op, *[one, other][: 2 if op in ("add", "sub", "mul") else 1])))
        root = nodes[-1]
        for node in nodes[-6:-1]:
            root = root + node
        return root + nodes[0] * nodes[1] * nodes[2]

    root = graph(0.3, -0.7, 1.1)
    with shown(root, options={"mode": "play"}) as page:
        assert_equal_to_python(page, root)
        moved = {name: generator.uniform(-2, 2) for name in "abc"}
        for name, value in moved.items():
            page.get_by_role("spinbutton", name=name, exact=True).fill(repr(value))
        page.evaluate("globalThis.page.frame()")  # now, and not when the browser next has time
        assert_equal_to_python(page, graph(**moved))


# --- steps ------------------------------------------------------------------------------------------------------------


def test_steps_go_forward_and_backward_by_key_button_and_slider(shown: Shown) -> None:
    root, _ = neuron()
    with shown(root, options={"title": "One neuron"}) as page:
        where = page.locator("#where")
        assert where.inner_text() == "Step 0 of 21 · start"
        page.keyboard.press("ArrowRight")
        assert "z₁ is computed: w · x." in card(page)
        page.locator("#on").click()
        assert where.inner_text() == "Step 2 of 21 · forward"
        page.keyboard.press("End")
        assert where.inner_text() == "Step 21 of 21 · backward"
        assert "All gradients are computed." in card(page)
        assert page.locator("#on").is_disabled()
        page.locator("#time").fill("9")
        assert "The backward pass begins at the result" in card(page)
        page.keyboard.press("Home")
        assert where.inner_text() == "Step 0 of 21 · start"
        page.locator("#speed").fill("3")
        page.keyboard.press("Space")
        expect(where).to_have_text("Step 21 of 21 · backward", timeout=20_000)


def test_a_step_is_a_product_and_a_sum(shown: Shown) -> None:
    a = Value(3.0, "a")
    with shown(a * a) as page:
        page.keyboard.press("End")
        assert " ".join(card(page).split()) == (
            "z₁ passes on to a. incoming ∂z₁/∂z₁ 1 local a 3 passes on 1 × 3 = 3 a had 3 a has 3 + 3 = 6 "
            "a is used 2 times; this is contribution 2. ●● All gradients are computed."
        )
        assert in_node(page, 0)[-4:] == ["data", "3", "grad", "6"]


def test_nothing_moves_while_it_steps(shown: Shown) -> None:
    root, _ = neuron()
    with shown(root) as page:
        shapes = "[...document.querySelectorAll('#sheet svg rect, #sheet svg polygon, #sheet svg path')]"
        places = f"JSON.stringify({shapes}.map((e) => e.getAttribute('points') || e.getAttribute('d')))"
        before = page.evaluate(places)
        for _ in range(21):
            page.keyboard.press("ArrowRight")
        assert page.evaluate(places) == before


def test_a_path_that_ends_is_told(shown: Shown) -> None:
    with shown(apply("relu", Value(-1.0, "x")) * 2.0) as page:
        page.keyboard.press("End")
        assert "This path ends here: a factor is exactly 0. relu is off." in card(page)
    with shown(1.0 / Value(0.0, "x")) as page:
        page.keyboard.press("ArrowRight")
        assert "From here on numbers are not finite." in card(page)


# --- predict ----------------------------------------------------------------------------------------------------------


def test_an_answer_is_judged_by_the_mistake_that_gives_it(shown: Shown) -> None:
    w, x = Value(2.0, "w"), Value(5.0, "x")
    with shown((w * x) * 3.0, options={"mode": "predict"}) as page:
        answer, verdict = page.locator("input.answer"), page.locator("#told [role=status]")
        page.keyboard.press("ArrowRight")
        assert "What does z₂ pass on to z₁?" in card(page)
        answer.fill("3")
        page.keyboard.press("Enter")
        assert "z₂ passes on to z₁." in card(page)
        page.keyboard.press("ArrowRight")
        for given, told in {
            "6": "by the other factor",
            "5": "local derivative alone",
            "-15": "sign is wrong",
            "7": "another number",
            "x": "not a number",
        }.items():
            answer.fill(given)
            page.keyboard.press("Enter")
            assert told in verdict.inner_text(), given
        answer.fill("15")
        page.keyboard.press("Enter")
        assert "z₁ passes on to w." in card(page)
        assert "1 of 2 right." in card(page)


def test_sums_are_asked_for_where_a_node_is_used_twice(shown: Shown) -> None:
    a = Value(3.0, "a")
    with shown(a * a, options={"mode": "predict"}) as page:
        answer = page.locator("input.answer")
        for _ in range(2):
            page.keyboard.press("ArrowRight")
            assert in_node(page, 0)[-1] in ("–", "3")  # the picture does not tell
            answer.fill("3")
            page.keyboard.press("Enter")
        assert "And what does a have now?" in card(page)
        answer.fill("3")
        page.keyboard.press("Enter")
        assert "Add it to what was there" in card(page)
        answer.fill("6")
        page.keyboard.press("Enter")
        assert "3 + 3 = 6" in card(page)
        assert "Practise: sums at a node that is used more than once" in card(page)


# --- play and break ---------------------------------------------------------------------------------------------------


def test_a_leaf_is_moved_checked_and_descended(shown: Shown) -> None:
    root, w = neuron()
    root.backward()
    with shown(root, options={"mode": "play"}) as page:
        page.locator("#chosen").select_option(label="w")
        assert f"{w.grad:.8f}".rstrip("0") in page.locator("#mode table").inner_text()
        ways = page.locator(".way")
        assert ways.count() == len(paths(root, w)) == 3
        ways.first.click()
        assert page.locator("g.edge.path").count() > 0
        for _ in range(3):
            page.locator("#descend").click()
        assert numbers(page)["data"][-1] < root.data
        page.locator("#reset").click()
        assert numbers(page)["data"][-1] == pytest.approx(root.data, rel=1e-12)


def test_only_chosen_leaves_descend(shown: Shown) -> None:
    root, _ = neuron()
    with shown(root, options={"mode": "play"}) as page:
        before = numbers(page)["data"]
        page.get_by_role("checkbox", name="w takes part in the descent").uncheck()
        page.locator("#descend").click()
        after = numbers(page)["data"]
        moved = [
            node.label for node, old, new in zip(topological_order(root), before, after, strict=True) if old != new
        ]
        assert [label for label in moved if label] == ["x", "b"]
        page.get_by_role("checkbox", name="w takes part in the descent").check()
        page.locator("#descend").click()
        assert numbers(page)["data"][0] != before[0]


def test_the_step_of_the_finite_difference_is_chosen(shown: Shown) -> None:
    """Too large a step is off by truncation, too small a one by rounding."""
    with shown(exp(Value(1.0, "x")), options={"mode": "play"}) as page:
        off = {}
        for power in (-1, -5, -13):
            page.locator("#h").fill(str(power))
            off[power] = abs(float(page.locator("#mode tr.sum td.number").inner_text()))
        assert off[-5] < off[-1]
        assert off[-5] < off[-13]


def test_a_planted_bug_is_caught_by_the_check(shown: Shown) -> None:
    a = Value(3.0, "a")
    b = a + a
    with shown(b * b + exp(a / 3), options={"mode": "break"}) as page:
        assert "Finite differences agree." in page.locator("#mode").inner_text()
        for bug in ("overwrite", "order", "zerograd", "wronglocal"):
            page.locator("#bug").select_option(bug)
            assert "Finite differences say otherwise for 1 of 1 leaves." in page.locator("#mode").inner_text(), bug
        page.locator("#hide").click()
        hidden = page.evaluate("globalThis.page.state.hidden")
        page.locator("#guess").select_option(hidden)
        assert page.locator("#mode [role=status]").inner_text() == "Found it."


def test_swapped_factors_are_caught(shown: Shown) -> None:
    with shown(Value(2.0, "w") * Value(5.0, "x"), options={"mode": "break"}) as page:
        page.locator("#bug").select_option("swap")
        assert "for 2 of 2 leaves" in page.locator("#mode").inner_text()


def test_why_the_order_is_told_with_the_numbers_of_the_graph(shown: Shown) -> None:
    a = Value(3.0, "a")
    b = a + a
    with shown(b + b) as page:
        page.locator("#order summary").click()
        assert "here 7 visits instead of 3" in page.locator("#order").inner_text()
        page.keyboard.press("b")
        page.locator("#bug").select_option("order")
        assert page.locator("#mode td.number").first.inner_text() == "6"


# --- around it --------------------------------------------------------------------------------------------------------


def test_the_place_is_kept_in_the_address(shown: Shown) -> None:
    root, _ = neuron()
    with shown(root) as page:
        page.locator("#time").fill("12")
        page.locator("#link").click()
        told = card(page)
        page.reload()
        assert page.locator("#where").inner_text().startswith("Step 12 of 21")
        assert card(page) == told


def test_two_languages(shown: Shown) -> None:
    root, _ = neuron()
    with shown(root, lang="zh-CN") as page:
        assert page.locator("#where").inner_text() == "第 0 步，共 21 步 · 开始"
        page.locator("#language").click()
        assert page.locator("#where").inner_text() == "Step 0 of 21 · start"


def test_on_a_phone_nothing_sticks_out(shown: Shown) -> None:
    root, _ = neuron()
    for mode in ("watch", "predict", "play", "break"):
        with shown(root, options={"mode": mode}, width=360, height=640) as page:
            page.keyboard.press("ArrowRight")
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, mode
            buttons = "[...document.querySelectorAll('header button, footer button')].filter((e) => e.offsetParent)"
            small = f"{buttons}.filter((e) => e.offsetHeight < 40 || e.offsetWidth < 40).length"
            assert page.evaluate(small) == 0


def test_a_hostile_label_does_not_run(shown: Shown) -> None:
    label = '</script><img src=x onerror="alert(1)">'
    x = Value(2.0, label)
    with shown(x * x, options={"title": label, "notes": {x: label}}) as page:
        page.keyboard.press("End")
        assert label[:20] in page.locator("h1").inner_text()
