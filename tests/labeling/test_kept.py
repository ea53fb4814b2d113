"""Words and addresses that are kept say what Django's own tags say, in each language and under each prefix."""

import pytest
from django.template import engines
from django.template.context import Context
from django.template.exceptions import TemplateSyntaxError
from django.templatetags import i18n
from django.test.utils import override_script_prefix
from django.urls import NoReverseMatch
from django.utils.html import format_html
from django.utils.translation import override

from labeling.templatetags.marks import session_address

# "Monday" and "Save" have translations that come with Django.
TEMPLATES = [
    '{% translate "Monday" %} {% translate "50%% <b>" %}',
    '{% translate "Monday" as day %}[{{ day }}|{{ day|length }}]',
    "{% translate said %} {% translate missing %}",
    '{% translate "Monday"|upper %} {% translate "Monday" noop %}',
    "{% blocktranslate %}Monday{% endblocktranslate %}",
    "{% blocktranslate with a=said b=many|length %}{{ a }} of {{ b }}: 100%, {{ safe }}{% endblocktranslate %}",
    "{% blocktranslate asvar words trimmed %}\n  {{ said }}\n  {{ n }}\n{% endblocktranslate %}[{{ words }}]",
    "{% blocktranslate %}{{ missing }} {{ said }}{% endblocktranslate %}",
    "{% blocktranslate count n=n %}{{ n }} <{% plural %}{{ n }} {{ said }}{% endblocktranslate %}",
    '{% blocktranslate context "month name" with x=said %}May {{ x }}{% endblocktranslate %}',
    "{% autoescape off %}{% translate said %} {% blocktranslate %}{{ said }}{% endblocktranslate %}{% endautoescape %}",
]


@pytest.fixture
def said():
    return {"said": "<i> & Monday", "safe": format_html("<i>{}</i>", "&"), "n": 1234567, "many": [1, 2], "no": None}


def plainly(source, values):
    """As Django does it, whatever the settings put in the place of its library."""
    engine = engines["django"].engine
    held = engine.template_libraries["i18n"]
    builtins = engine.template_builtins
    engine.template_libraries["i18n"] = i18n.register
    engine.template_builtins = [one for one in builtins if "translate" not in one.tags]
    try:
        return engine.from_string(f"{{% load i18n %}}{source}").render(Context(values))
    finally:
        engine.template_libraries["i18n"], engine.template_builtins = held, builtins


@pytest.mark.parametrize("source", TEMPLATES)
def test_words_are_those_of_django_the_first_time_and_later_in_each_language(source, said):
    kept = engines["django"].engine.from_string(f"{{% load i18n %}}{source}")

    for language in ("en-us", "de", "en-us", "de", "fr"):
        with override(language):
            assert kept.render(Context(said)) == plainly(source, said)


def test_each_place_of_a_sentence_has_the_value_of_now():
    sentence = engines["django"].engine.from_string(
        "{% load i18n %}{% for n in many %}{% blocktranslate with a=n %}<{{ a }}{% endblocktranslate %}{% endfor %}"
    )

    assert sentence.render(Context({"many": ["a", "&", "c"]})) == "<a<&amp;<c"


def test_an_address_follows_the_prefix(said):
    address = engines["django"].engine.from_string("{% url 'labeling:session_list' %} {% url 'labeling:session_list' as one %}{{ one }}")

    assert [address.render(Context()) for _ in range(2)] == ["/sessions/ /sessions/"] * 2
    with override_script_prefix("/desk/"):
        assert [address.render(Context()) for _ in range(2)] == ["/desk/sessions/ /desk/sessions/"] * 2
        assert session_address(7) == "/desk/sessions/7/"
    assert address.render(Context()) == "/sessions/ /sessions/"
    assert session_address(4503599627370496) == "/sessions/4503599627370496/"


def test_an_address_that_is_none_is_an_error_each_time_or_nothing_where_it_is_named():
    engine = engines["django"].engine

    for _ in range(2):
        with pytest.raises(NoReverseMatch):
            engine.from_string("{% url 'labeling:nowhere' %}").render(Context())
    assert engine.from_string("{% url 'labeling:nowhere' as one %}[{{ one }}]").render(Context()) == "[]"
    with pytest.raises(TemplateSyntaxError):
        engine.from_string("{% url %}")


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("{% url 'labeling:session_detail' a %}", {"a": 7}),
        ("{% url 'labeling:session_detail' a as one %}[{{ one }}]", {"a": 4503599627370496}),
        ("{% url 'labeling:run_session' a b %}", {"a": 3, "b": 44}),
        ("{% url 'labeling:run_session' a a %}", {"a": 0}),
        ("{% url 'labeling:queue_session' a b %}", {"a": "first-look", "b": 5}),
        ("{% url 'labeling:session_detail' a as one %}[{{ one }}]", {"a": -1}),
        ("{% url 'labeling:session_detail' a as one %}[{{ one }}]", {"a": True}),
        ("{% url 'labeling:session_detail' a as one %}[{{ one }}]", {"a": "7"}),
        ("{% url 'labeling:session_detail' a as one %}[{{ one }}]", {}),
        ("{% url 'labeling:session_detail' pk=a %}", {"a": 9}),
        ("{% autoescape off %}{% url 'labeling:session_detail' a %}{% endautoescape %}", {"a": 7}),
    ],
)
def test_an_address_with_numbers_in_it_is_djangos(source, values):
    kept = engines["django"].engine.from_string(source)
    other = {name: value + 1 if type(value) is int else value for name, value in values.items()}

    for prefix in ("/", "/desk/", "/"):
        with override_script_prefix(prefix):
            for given in (values, other):
                assert kept.render(Context(given)) == plainly(source, given)


def test_an_address_with_a_number_that_is_none_is_an_error_each_time():
    address = engines["django"].engine.from_string("{% url 'labeling:session_detail' a %}")

    for wrong in ("x", None, -1, "x"):
        assert address.render(Context({"a": 7})) == "/sessions/7/"
        with pytest.raises(NoReverseMatch):
            address.render(Context({"a": wrong}))
