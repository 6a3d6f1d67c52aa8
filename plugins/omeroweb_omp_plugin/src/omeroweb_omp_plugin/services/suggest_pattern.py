"""A model suggests a pattern, and the parser says what it is worth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from omeroweb_omp_plugin import parsing
from omeroweb_omp_plugin.ai.answers import Unusable, read_pattern
from omeroweb_omp_plugin.ai.errors import Cut, Malformed
from omeroweb_omp_plugin.ai.models import Prompt
from omeroweb_omp_plugin.ai.prompts import pattern_prompt, sample
from omeroweb_omp_plugin.providers.client import AiClient
from omeroweb_omp_plugin.services.ai_question import Prepared, Question, names_of, provider_of
from omeroweb_omp_plugin.services.site_rules import site_rules


def prepare(question: Question, user_id: int) -> Prepared:
    """What would be asked: one prompt with a sample of the names.

    Raises:
        NotFound, BadRequest, AiError: see `names_of` and `provider_of`.
    """
    chosen = provider_of(question)
    names = sample(names_of(question, user_id))
    prompt = pattern_prompt(names, question.variables)
    return Prepared(chosen, question.model, len(names), [names], [prompt])


def suggest(
    client: AiClient,
    model: str,
    prompt: Prompt,
    names: Sequence[str],
    watch: Callable[[], None],
) -> dict[str, Any]:
    """Ask for a pattern and try it on all names.

    Args:
        client: the provider.
        model: which of its models.
        prompt: as it was shown.
        names: of the whole selection.
        watch: called while waiting; what it raises ends the request.

    Returns:
        `pattern`, its `variables`, how many names it `matched` of `names`, the first that it did
        not match as `unmatched`, and the `usage`.

    Raises:
        AiError: no answer, or one without a pattern that can be used.
    """
    answer = client.chat(model, prompt, watch)
    if answer.end == "cut":
        raise Cut(f"The answer of {client.name} was cut off: try again or choose another model")
    try:
        pattern = read_pattern(answer.text)
    except Unusable as problem:
        raise Malformed(
            f"The answer of {client.name} {problem}: try again or choose another model"
        ) from None
    try:
        parser = parsing.compile_parser(parsing.ParserSettings("regex", pattern), site_rules())
    except parsing.PatternRefused as refused:
        raise Malformed(
            f"{client.name} suggested a pattern that cannot be used. Try again or choose another "
            f"model. {refused}"
        ) from None
    variables: dict[str, None] = {}
    unmatched: list[str] = []
    for read in parser.parse_all(names):
        variables.update(dict.fromkeys(variable for variable, _ in read.pairs))
        if not read.pairs:
            unmatched.append(read.name)
    if len(unmatched) == len(names):
        raise Malformed(
            f"{client.name} suggested a pattern that fits none of the names: {pattern[:200]}. Try "
            "again or choose another model"
        )
    return {
        "pattern": pattern,
        "variables": list(variables),
        "names": len(names),
        "matched": len(names) - len(unmatched),
        "unmatched": unmatched[:1],
        "usage": answer.usage.as_json(),
    }
