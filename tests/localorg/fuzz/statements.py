"""Makes SOQL and SOSL of every degree of sense from one random source; knows no engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Literal

from hostile import anything, enormous, injected, mutated, search_enormous, search_injected, soup

Language = Literal["soql", "sosl"]
TEXTS = {
    "Account": ("Name", "Industry", "Rating", "BillingCity", "Owner.Name", "Parent.Name", "Parent.Owner.Alias"),
    "Contact": ("LastName", "Title", "Email", "Account.Name", "Account.Parent.Owner.Name", "ReportsTo.Title"),
    "Opportunity": ("Name", "StageName", "NextStep", "LeadSource", "Account.Industry", "Owner.Manager.Name"),
    "Task": ("Status", "Priority", "Who.Name", "What.Type", "Owner.Name"),
    "Case": ("Subject", "Status", "Origin", "Contact.Account.Name", "Owner.Type"),
    "Lead": ("Company", "Status", "Name", "Owner.Username"),
}  # fmt: skip
NUMBERS = {"Account": ("NumberOfEmployees", "AnnualRevenue"), "Opportunity": ("Amount", "Probability")}
DAYS = {"Opportunity": ("CloseDate",), "Task": ("ActivityDate",), "Contact": ("Birthdate",)}
FLAGS = {
    "Opportunity": ("IsWon", "IsClosed"),
    "Task": ("IsClosed",),
    "Case": ("IsEscalated",),
    "Account": ("IsDeleted",),
}
REFERENCES = {"Contact": "AccountId", "Opportunity": "AccountId", "Case": "ContactId", "Task": "WhoId"}
CHILDREN = {"Account": ("Contacts", "Opportunities", "Cases", "ChildAccounts"), "Contact": ("Cases", "Tasks"),
            "Opportunity": ("Tasks", "OpportunityContactRoles")}  # fmt: skip
DAY_NAMES = (
    "TODAY", "YESTERDAY", "THIS_WEEK", "LAST_MONTH", "NEXT_QUARTER", "THIS_FISCAL_YEAR", "LAST_N_DAYS:30",
    "NEXT_N_WEEKS:2", "N_MONTHS_AGO:3", "LAST_N_FISCAL_QUARTERS:2", "NEXT_N_YEARS:1", "LAST_90_DAYS",
)  # fmt: skip
DAY_FUNCTIONS = ("CALENDAR_YEAR", "CALENDAR_MONTH", "FISCAL_QUARTER", "DAY_IN_WEEK", "WEEK_IN_YEAR", "DAY_IN_YEAR")
WORDS = ("Acme", "a%", "%", "_", "O\\'Neil", "x\\\\y", "\\u00e9", "", "\\n", "é", "🚀", "50\\%", "Web", "Hot", "zzz")


@dataclass(frozen=True)
class Statement:
    kind: str
    language: Language
    text: str


def make(chance: Random) -> Statement:
    """Return the next statement."""
    kind, language, write = chance.choices(_KINDS, _WEIGHTS)[0]
    return Statement(kind, language, write(chance))


def query(chance: Random) -> str:
    """Return a statement that has the shape of the grammar, most of them valid."""
    sobject = chance.choice(tuple(TEXTS))
    if chance.random() < 0.3:
        return _grouped(chance, sobject)
    chosen = list(
        dict.fromkeys(chance.choice((*_fields(sobject), "Id", "CreatedDate")) for _ in range(chance.randint(1, 5)))
    )
    if sobject in CHILDREN and chance.random() < 0.3:
        chosen.append(f"({_children(chance, sobject)})")
    if sobject == "Task" and chance.random() < 0.3:
        chosen.append("TYPEOF What WHEN Account THEN Industry WHEN Opportunity THEN Amount ELSE Name END")
    order = f" ORDER BY {_order(chance, sobject)}" if chance.random() < 0.5 else ""
    return f"SELECT {', '.join(chosen)} FROM {sobject}{_where(chance, sobject)}{order}{_window(chance)}{_tail(chance)}"


def search(chance: Random) -> str:
    """Return a search that has the shape of the grammar."""
    group = chance.choice(("", "", " IN ALL FIELDS", " IN NAME FIELDS", " IN EMAIL FIELDS", " IN PHONE FIELDS"))
    returning = f" RETURNING {', '.join(_targets(chance))}" if chance.random() < 0.7 else ""
    settings = ("", "", " WITH METADATA = 'LABELS'", " WITH SNIPPET(target_length=120)", " WITH HIGHLIGHT")
    limit = f" LIMIT {chance.choice((0, 1, 20, 2000, 2001))}" if chance.random() < 0.3 else ""
    return f"FIND {{{_term(chance)}}}{group}{returning}{chance.choice(settings)}{limit}"


def _fields(sobject: str) -> tuple[str, ...]:
    return TEXTS[sobject] + NUMBERS.get(sobject, ()) + DAYS.get(sobject, ()) + FLAGS.get(sobject, ())


def _grouped(chance: Random, sobject: str) -> str:
    by = list(dict.fromkeys(chance.choice(TEXTS[sobject]) for _ in range(chance.randint(1, 3))))
    if sobject in DAYS and chance.random() < 0.4:
        by.append(f"{chance.choice(DAY_FUNCTIONS)}({DAYS[sobject][0]})")
    numbers = NUMBERS.get(sobject, ())
    aggregates = [
        "COUNT(Id)",
        f"MAX({by[0]})",
        *(f"{chance.choice(('SUM', 'AVG', 'MIN'))}({name})" for name in numbers),
    ]
    groups = ", ".join(by)
    level = chance.choice(("{}", "{}", "ROLLUP({})", "CUBE({})")).format(groups)
    having = chance.choice(("", f" HAVING COUNT(Id) > {chance.randint(0, 9)}", f" HAVING {by[0]} LIKE '%a%'"))
    order = chance.choice(("", f" ORDER BY {groups}", " ORDER BY COUNT(Id) DESC NULLS LAST"))
    where = _where(chance, sobject)
    asked = f"SELECT {groups}, {', '.join(aggregates)} FROM {sobject}{where}"
    return f"{asked} GROUP BY {level}{having}{order}{_window(chance)}"


def _children(chance: Random, sobject: str) -> str:
    name = chance.choice(CHILDREN[sobject])
    clause = chance.choice(("", " WHERE Id != null", " ORDER BY CreatedDate DESC"))
    return f"SELECT Id FROM {name}{clause}{_window(chance)}"


def _where(chance: Random, sobject: str) -> str:
    if chance.random() < 0.3:
        return ""
    joined = chance.random() < 0.15 and sobject == "Account"
    more = " AND Id NOT IN (SELECT AccountId FROM Contact WHERE LastName LIKE 'a%')" if joined else ""
    return f" WHERE ({_condition(chance, sobject, 3)}){more}"


def _condition(chance: Random, sobject: str, depth: int) -> str:
    if depth and chance.random() < 0.5:
        word = chance.choice((" AND ", " OR "))
        parts = (_condition(chance, sobject, depth - 1) for _ in range(chance.randint(2, 3)))
        return "(" + word.join(parts) + ")"
    if depth and chance.random() < 0.2:
        return f"(NOT {_condition(chance, sobject, depth - 1)})"
    return _comparison(chance, sobject)


def _comparison(chance: Random, sobject: str) -> str:
    sign = chance.choice(("=", "!=", "<", "<=", ">", ">=", "<>"))
    kinds = [f"{chance.choice(TEXTS[sobject])} {chance.choice((sign, 'LIKE'))} '{chance.choice(WORDS)}'"]
    kinds.append(f"{chance.choice(_fields(sobject))} {chance.choice(('=', '!='))} null")
    kinds.append(f"{chance.choice(TEXTS[sobject])} {chance.choice(('', 'NOT '))}IN ('{chance.choice(WORDS)}', 'b')")
    kinds.append(f"CreatedDate {sign} {chance.choice((*DAY_NAMES, '2026-01-01T00:00:00Z'))}")
    kinds.extend(f"{name} {sign} {chance.uniform(-1e6, 1e6):.2f}" for name in NUMBERS.get(sobject, ()))
    kinds.extend(f"{name} {sign} {chance.choice((*DAY_NAMES, '2026-02-28'))}" for name in DAYS.get(sobject, ()))
    kinds.extend(
        f"{name} {chance.choice(('=', '!='))} {chance.choice(('true', 'FALSE'))}" for name in FLAGS.get(sobject, ())
    )
    if sobject in REFERENCES:
        kinds.append(f"{REFERENCES[sobject]} = '001gL0000000001QAA'")
    return chance.choice(kinds)


def _order(chance: Random, sobject: str) -> str:
    field = chance.choice(_fields(sobject))
    return f"{field}{chance.choice(('', ' ASC', ' DESC'))}{chance.choice(('', ' NULLS FIRST', ' NULLS LAST'))}"


def _window(chance: Random) -> str:
    limit = f" LIMIT {chance.choice((0, 1, 5, 200, 50_000))}" if chance.random() < 0.4 else ""
    return limit + (f" OFFSET {chance.choice((0, 1, 2000, 2001))}" if limit and chance.random() < 0.2 else "")


def _tail(chance: Random) -> str:
    tails = (
        "",
        "",
        "",
        "",
        " FOR VIEW",
        " FOR REFERENCE",
        " FOR UPDATE",
        " ALL ROWS",
        " UPDATE TRACKING",
        " UPDATE VIEWSTAT",
    )
    return chance.choice(tails)


def _term(chance: Random) -> str:
    words = (
        "acme",
        "Ali*",
        "b?b",
        '"north light"',
        "(a OR b)",
        "x AND y",
        "x AND NOT y",
        "555",
        "é*",
        "日本",
        "a",
        "o\\'neil",
    )
    return chance.choice((" ", " OR ", " AND ")).join(chance.choice(words) for _ in range(chance.randint(1, 4)))


def _targets(chance: Random) -> list[str]:
    targets = []
    for sobject in chance.sample(tuple(TEXTS), chance.randint(1, 3)):
        inside = f"Id, {TEXTS[sobject][0]}{_where(chance, sobject)}{_window(chance)}"
        targets.append(chance.choice((sobject, f"{sobject}({inside})")))
    return targets


_KINDS: tuple[tuple[str, Language, Callable[[Random], str]], ...] = (
    ("well formed query", "soql", query), ("well formed search", "sosl", search),
    ("mutated query", "soql", mutated(query)), ("mutated search", "sosl", mutated(search)),
    ("token soup", "soql", soup), ("token soup as search", "sosl", soup),
    ("attack on a query", "soql", injected), ("attack on a search", "sosl", search_injected),
    ("any text", "soql", anything), ("any text as search", "sosl", anything),
    ("enormous query", "soql", enormous), ("enormous search", "sosl", search_enormous),
)  # fmt: skip
_WEIGHTS = (22, 9, 20, 8, 11, 3, 12, 5, 5, 2, 2, 1)
