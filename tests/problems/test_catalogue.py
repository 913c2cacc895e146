import pytest

from fractbench.draws import Draws
from fractbench.errors import UsageError
from fractbench.problems.catalogue import names, option_names, problem

ACCUMULATORS = ("sum_v", "sum_inverse", "sum_inverse_low", "last")


@pytest.mark.parametrize("name", names())
def test_every_problem_declares_what_the_rest_needs(name):
    found = problem(name)
    assert found.spec == found.name == name
    assert found.title
    assert len(found.views["start"].intervals) == len(found.axes) in (1, 2)
    assert found.accumulators
    assert len({c.name for c in found.classes}) == len(found.classes)
    assert found.with_steps(7).steps == 7
    assert hash(found) == hash(problem(name))


@pytest.mark.parametrize(
    ("spec", "canonical"),
    [
        ("tanh:width=16", "tanh"),
        (" tanh ", "tanh"),
        ("tanh:", "tanh"),
        ("tanh:width=8", "tanh:width=8"),
        ("tanh:width=08", "tanh:width=8"),
        ("tanh:width=24,samples=9", "tanh:samples=9,seed=0,width=24"),
        ("tanh:seed=0", "tanh:seed=0"),
        ("relu:samples=100", "relu:samples=100,seed=0"),
        ("initialisation-offset", "init-offset"),
        ("quadratic", "quadratic-additive"),
        ("quadratic:epsilon=0.20", "quadratic-additive"),
        ("quadratic:epsilon=2e-1,length=.1", "quadratic-additive"),
        ("quadratic-additive:length=0.3/0.50", "quadratic-additive:length=0.3/0.5"),
        ("quadratic-two-cosine:length=0.3/0.5", "quadratic-two-cosine"),
        ("quadratic-2d:epsilon=0.050", "quadratic-2d"),
        ("quadratic-multiplicative:dimensions=3", "quadratic-multiplicative:dimensions=3"),
    ],
)
def test_specifications_have_one_form(spec, canonical):
    found = problem(spec)
    assert found.spec == canonical
    assert problem(canonical) == found or problem(canonical).spec == canonical


@pytest.mark.parametrize("spec", ["tanh:width=24", "tanh:samples=5", "tanh:seed=3", "relu:width=5"])
def test_a_canonical_form_makes_the_same_numbers(spec):
    found, again = problem(spec), problem(problem(spec).spec)
    assert again.count == found.count
    assert (again.instance.X == found.instance.X).all()
    assert (again.instance.W == found.instance.W).all()


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("tahn", r"unknown problem 'tahn' \(did you mean tanh\?\)"),
        ("mandelbrott", r"\(did you mean mandelbrot\?\)"),
        ("zzz", r"unknown problem 'zzz'; type one of: tanh, relu"),
        ("", r"unknown problem ''"),
        ("tanh:widht=8", r"tanh has no option 'widht' \(did you mean width\?\)"),
        ("mandelbrot:width=8", r"mandelbrot has no option 'width'; it takes none"),
        ("tanh:width", r"'width' is no option; type tanh:option=value"),
        ("tanh:width=x", r"width 'x' is no integer"),
        ("tanh:width=8.0", r"width '8.0' is no integer"),
        ("tanh:width=0", r"width 0 is not allowed for tanh; type 1 to 64"),
        ("tanh:width=65", r"width 65 is not allowed"),
        ("tanh:samples=0", r"samples 0 is not allowed"),
        ("tanh:samples=99999999", r"samples 99999999 is not allowed"),
        ("tanh:seed=-1", r"seed -1 is not allowed"),
        ("tanh:seed=1.5", r"seed '1.5' is no integer"),
        ("quadratic:epsilon=inf", r"'inf' is no finite decimal"),
        ("quadratic:epsilon=-1", r"epsilon -1 is not allowed"),
        ("quadratic:epsilon=1e-9", r"epsilon 0.000000001 is not allowed"),
        ("quadratic:epsilon=1025", r"epsilon 1025 is not allowed"),
        ("quadratic:length=0", r"length 0 is not allowed"),
        ("quadratic:length=", r"'' is no finite decimal"),
        (
            "quadratic:dimensions=65",
            r"dimensions 65 is not allowed for quadratic-additive; type 1 to 64",
        ),
        ("quadratic-2d:dimensions=3", r"quadratic-2d has no option 'dimensions'"),
    ],
)
def test_what_is_not_allowed_is_refused_in_a_sentence(spec, said):
    with pytest.raises(UsageError, match=said):
        problem(spec)


@pytest.mark.parametrize("name", names())
def test_steps_of_0_are_refused(name):
    for steps in (0, -1, 10**7):
        with pytest.raises(UsageError, match=f"steps {steps} is not allowed"):
            problem(name).with_steps(steps)


def test_options_as_keywords():
    assert problem("tanh", width=8) == problem("tanh:width=8")
    assert problem("tanh:width=8", width=5).width == 5
    assert option_names("tanh") == ("width", "samples", "seed")


def test_draws_and_seeds_where_there_is_nothing_to_draw_are_refused():
    both = Draws.parse("per-pixel=both", 1)
    assert problem("minibatch").with_draws(both).draws == both
    with pytest.raises(UsageError, match=r"tanh has no order .*; it can draw weights"):
        problem("tanh").with_draws(both)
    with pytest.raises(UsageError, match=r"newton has no weights .*type --draws fixed"):
        problem("newton").with_draws(both)
    with pytest.raises(UsageError, match=r"newton draws nothing, so --seed 3"):
        problem("newton").seeded(3)
    assert problem("tanh").seeded(3).spec == "tanh:seed=3"


@pytest.mark.parametrize("name", ["mandelbrot", "tanh", "weight-drift"])
def test_problems_under_the_published_measure_share_its_accumulators(name):
    assert problem(name).accumulators == ACCUMULATORS


@pytest.mark.parametrize(
    ("written", "canonical"),
    [("tanh:samples=272", "tanh"), ("tanh:samples=600,width=24", "tanh:seed=0,width=24"),
     ("linear:samples=16", "linear"), ("tanh:samples=272,seed=4", "tanh:seed=4")],
)  # fmt: skip
def test_the_published_number_of_samples_is_no_option(written, canonical):
    assert problem(written).spec == canonical
    assert problem(written) == problem(canonical) or problem(canonical).seed == 0
