"""Makes statements that nobody sensible would: soups of words, attacks, any signs at all, and enormous ones."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

TOKENS = (
    "SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "IN", "LIKE", "ORDER", "BY", "GROUP", "HAVING", "LIMIT", "OFFSET",
    "COUNT()", "COUNT(Id)", "SUM(Amount)", "FIELDS(ALL)", "FIELDS(", "Id", "Name", "Account", "Contact", "Opportunity",
    "Task", "Who.Name", "What.Type", "Contacts", "(", ")", ",", "=", "!=", "<>", "<", ">=", "'x'", "'it\\'s'", "'%'",
    "'", "''", "5", "-1.5", "1e999", "1e-999", "0x10", "null", "TRUE", "TODAY", "LAST_N_DAYS:5", "LAST_N_DAYS:0",
    "NEXT_N_YEARS:999999999", "N_DAYS_AGO:99999999999999999999", "2026-11-23", "9999-99-99", "0000-00-00",
    "2026-11-23T00:00:00Z", "2026-11-23T24:61:00+99:99", "ASC", "DESC", "NULLS", "FIRST", "LAST", ":", ";", "--", "/*",
    "*/", '"', "`", "\\", "*", "@", "#", "$", "{", "}", "[", "]", "USING", "SCOPE", "mine", "WITH", "USER_MODE", "FOR",
    "VIEW", "UPDATE", "TRACKING", "ALL", "ROWS", "INCLUDES", "EXCLUDES", "ROLLUP(", "CUBE(StageName)",
    "GROUPING(StageName)", "TYPEOF", "WHEN", "THEN", "ELSE", "END", "CALENDAR_YEAR(CloseDate)", "toLabel(Rating)",
    "FORMAT(Amount)", "convertCurrency(Amount)", "convertTimezone(CreatedDate)", "DISTANCE(BillingAddress,",
    "GEOLOCATION(1,2)", "'mi'", "USD500", "BillingAddress", "CreatedDate", "IsWon", "HasOpenActivity", "Description",
    "StageName", "Amount", "FIND", "{acme}", "{", "RETURNING", "SNIPPET", "METADATA", "'LABELS'", "NAME", "rowid",
    "sqlite_master", "t0", "\x00", "\ufeff", "\u2028", "ſelect", "İd", "\ud800",
)  # fmt: skip
PAYLOADS = (
    "' OR '1'='1", "\\' OR 1=1 --", "'; DROP TABLE \"Account\"; --", "\"; DROP TABLE Account; --",
    "') UNION SELECT 1 --",
    "%' ESCAPE 'x", "x\\", "'||(SELECT name FROM sqlite_master)||'", "1); ATTACH DATABASE '/tmp/x' AS y; --",
    "\x00'; DELETE FROM Account; --", "Id\" FROM Account; --", "Name\" = 1 OR \"Name", "rowid", "_rowid_",
    "sqlite_master", "?1", ":name", "@x", "$1", "`Name`", "[Name]", "\"Name\"", "Name--", "Name/**/",
    "load_extension('x')",
    "randomblob(1000000000)", "PRAGMA writable_schema=1", "%_%_%_%", "\\%\\_", "\u02bc OR 1=1", "\uff07 OR 1=1",
    "NEAR(a b)", "Account : x", "^acme", "a* AND b", "\" OR \"", "-x", "+x", "col:x", "*",
)  # fmt: skip
SLOTS = (
    "SELECT Id FROM Account WHERE Name = '{}'", "SELECT Id FROM Account WHERE Name LIKE '{}'",
    "SELECT Id FROM Account WHERE Name IN ('a', '{}')", "SELECT {} FROM Account", "SELECT Id FROM {}",
    "SELECT Id FROM Account {}", "SELECT Id FROM Account WHERE {} = 'x'", "SELECT Id FROM Account WHERE Name = {}",
    "SELECT Id FROM Account ORDER BY {}", "SELECT COUNT(Id) FROM Account GROUP BY {}", "SELECT MAX({}) FROM Account",
    "SELECT COUNT(Id) {} FROM Account", "SELECT Parent.{} FROM Account", "SELECT (SELECT Id FROM {}) FROM Account",
    "SELECT (SELECT {} FROM Contacts) FROM Account", "SELECT Id FROM Account LIMIT {}",
    "SELECT Id FROM Account OFFSET {}",
    "SELECT Id FROM Opportunity WHERE CloseDate = {}", "SELECT Id FROM Opportunity WHERE CloseDate = LAST_N_DAYS:{}",
    "SELECT Id FROM Account WHERE CreatedDate > {}", "SELECT Id FROM Account WHERE Id = '{}'",
    "SELECT Id FROM Opportunity WHERE Amount > {}", "SELECT Id FROM Opportunity WHERE CALENDAR_YEAR({}) = 2026",
    "SELECT toLabel({}) x FROM Account", "SELECT FORMAT({}) x FROM Account", "SELECT Id FROM Account USING SCOPE {}",
    "SELECT Id FROM Account WITH {}", "SELECT Id FROM Account FOR {}", "SELECT Name {} FROM Account GROUP BY Name",
    "SELECT TYPEOF {} WHEN Account THEN Name END FROM Task", "SELECT TYPEOF What WHEN {} THEN Name END FROM Task",
    "SELECT Id FROM Account WHERE DISTANCE(BillingAddress, GEOLOCATION({}, 1), 'mi') < 5",
    "SELECT Id FROM Account WHERE Id IN (SELECT {} FROM Contact)", "SELECT FIELDS({}) FROM Account LIMIT 5",
)  # fmt: skip
SEARCH_SLOTS = (
    "FIND {{{}}}", "FIND {{{}}} IN {} FIELDS", "FIND {{acme}} RETURNING {}", "FIND {{acme}} RETURNING Account({})",
    "FIND {{acme}} RETURNING Account(Id WHERE Name = '{}')", "FIND {{acme}} RETURNING Account(Id ORDER BY {})",
    "FIND {{acme}} WITH {} = 'x'", "FIND {{acme}} WITH METADATA = '{}'", "FIND {{\"{}\"}}", "FIND {{{}*}}",
    "FIND {{acme}} LIMIT {}", "FIND {{acme}} RETURNING Account(Id WHERE Name LIKE '{}' LIMIT 5), Contact",
)  # fmt: skip
ENORMOUS: tuple[Callable[[int], str], ...] = (
    lambda count: "SELECT Id FROM Account WHERE " + "(" * count + "Name = 'x'" + ")" * count,
    lambda count: "SELECT Id FROM Account WHERE " + "NOT " * count + "Name = 'x'",
    lambda count: "SELECT Id FROM Account WHERE " + "(Name = 'x' AND (" * count + "Name = 'y'" + "))" * count,
    lambda count: "SELECT Id FROM Account WHERE " + " OR ".join(["Name LIKE '%a%'"] * count),
    lambda count: "SELECT Id FROM Account WHERE Id != null" + " AND Id IN (SELECT AccountId FROM Contact)" * count,
    lambda count: "SELECT Id FROM Account WHERE Name IN ('x'" + ", 'x'" * count + ")",
    lambda count: "SELECT Id, " + "(SELECT Id, " * count + "(SELECT Id FROM Contacts)" + " FROM Contacts)" * count,
    lambda count: "SELECT Id" + ", (SELECT Id FROM Contacts)" * count + " FROM Account",
    lambda count: "SELECT " + "Parent." * count + "Name FROM Account",
    lambda count: "SELECT " + ", ".join("Parent." * (n % 6) + "Name" for n in range(count)) + " FROM Account",
    lambda count: "SELECT " + "COUNT(" * count + "Id" + ")" * count + " FROM Account",
    lambda count: "SELECT COUNT(Id) FROM Account GROUP BY " + ", ".join(["Name"] * count),
    lambda count: "SELECT COUNT(Id) FROM Account GROUP BY CUBE(" + ", ".join(["Name", "Type"] * count) + ")",
    lambda count: "SELECT Id FROM Account ORDER BY " + ", ".join(["Name"] * count),
    lambda count: "SELECT Id FROM Account WHERE Name = '" + "x" * count * 20 + "'",
    lambda count: "SELECT Id FROM Opportunity WHERE NextStep LIKE '" + "%a" * min(count, 1900) + "b'",
    lambda count: "SELECT Id FROM Opportunity WHERE NextStep LIKE '" + "%_" * min(count, 1900) + "b'",
    lambda count: "SELECT Id FROM Account WHERE Name = '" + "\\u0041" * count + "'",
    lambda count: "SELECT Id FROM Opportunity WHERE Amount > " + "9" * count,
    lambda count: "SELECT Id FROM Opportunity WHERE Amount > 0." + "1" * count + "e" + "9" * (count % 9 + 1),
    lambda count: "SELECT Id FROM Opportunity WHERE CloseDate = LAST_N_DAYS:" + "9" * count,
    lambda count: "SELECT Id FROM Account LIMIT " + "9" * count,
    lambda count: "SELECT Id FROM " + "A" * count * 10,
    lambda count: " " * count * 30 + "SELECT Id FROM Account",
    lambda count: "SELECT Id FROM Account" + "\n" * count + "WHERE Naem = 1",
    lambda count: "SELECT " + ", ".join(f"COUNT(Id) a{n}" for n in range(count)) + " FROM Account",
    lambda count: "SELECT Id FROM Account WHERE " + " AND ".join(f"Name != '{n}'" for n in range(count)),
    lambda count: "x" * count * 40,
    lambda count: "SELECT TYPEOF What" + " WHEN Account THEN Name" * count + " END FROM Task",
)  # fmt: skip
ENORMOUS_SEARCHES: tuple[Callable[[int], str], ...] = (
    lambda count: "FIND {" + "(" * count + "acme" + ")" * count + "}",
    lambda count: "FIND {" + " OR ".join(["acme"] * count) + "}",
    lambda count: "FIND {" + " AND NOT ".join(["acme"] * count) + "}",
    lambda count: "FIND {" + "a" * count + "}",
    lambda count: "FIND {" + "ac* " * count + "}",
    lambda count: "FIND {" + "a*b?" * count + "}",
    lambda count: "FIND {" + '"' * count + "}",
    lambda count: "FIND {acme} RETURNING " + ", ".join(["Account"] * count),
    lambda count: "FIND {acme} RETURNING Account(" + ", ".join(["Id"] * count) + ")",
    lambda count: "FIND {acme} RETURNING Account(Id WHERE " + "(" * count + "Name = 'x'" + ")" * count + ")",
    lambda count: "FIND {acme}" + " WITH METADATA = 'LABELS'" * count,
    lambda count: "FIND {" * count,
)  # fmt: skip


def soup(chance: Random) -> str:
    """Return words of the grammar and others in any order."""
    first = chance.choice(
        ("", "SELECT Id FROM Account WHERE ", "SELECT ", "FIND {x} RETURNING ", "SELECT Id FROM Account ")
    )
    return first + " ".join(chance.choice(TOKENS) for _ in range(chance.randint(0, 25)))


def mutated(write: Callable[[Random], str]) -> Callable[[Random], str]:
    """Return a maker of statements with a few signs of theirs changed."""

    def change(chance: Random) -> str:
        text = write(chance)
        for _ in range(chance.randint(1, 4)):
            text = _changed(chance, text)
        return text

    return change


def _changed(chance: Random, text: str) -> str:
    at = chance.randrange(len(text) + 1)
    to = min(len(text), at + chance.randint(1, 12))
    sign = chance.choice(
        ("'", "\\", "(", ")", ",", ".", "%", " ", "\x00", "é", "\u2028", '"', ";", "-", ":", "{", "}", "0")
    )
    changes = (
        text[:at] + sign + text[at:], text[:at] + text[to:], text[:to] + text[at:to] + text[to:],
        text[:at] + text[at:to][::-1] + text[to:], text[:at] + chance.choice(TOKENS) + text[to:],
        text[:at] + text[at:to].swapcase() + text[to:], text[:at],
    )  # fmt: skip
    return chance.choice(changes)


def injected(chance: Random) -> str:
    """Return a query with an attack in one of its places."""
    return chance.choice(SLOTS).format(_payload(chance))


def search_injected(chance: Random) -> str:
    """Return a search with an attack in one of its places."""
    return chance.choice(SEARCH_SLOTS).format(_payload(chance), "ALL")


def _payload(chance: Random) -> str:
    payload = chance.choice(PAYLOADS)
    return payload + chance.choice(("", "", chance.choice(PAYLOADS))) if chance.random() < 0.8 else f"{payload}'"


def anything(chance: Random) -> str:
    """Return signs of all planes of Unicode, lone surrogates and NUL included."""
    ranges = (
        (0, 0x7F),
        (0, 0x7F),
        (0x80, 0x24F),
        (0x300, 0x36F),
        (0x2000, 0x206F),
        (0xD800, 0xDFFF),
        (0x10000, 0x10FFFF),
    )
    signs = (chr(chance.randint(*chance.choice(ranges))) for _ in range(chance.randint(0, 60)))
    return chance.choice(("", "SELECT ", "FIND {", "SELECT Id FROM Account WHERE Name = '")) + "".join(signs)


def enormous(chance: Random) -> str:
    """Return a query that is deep, wide or long."""
    return chance.choice(ENORMOUS)(chance.choice((10, 60, 300, 3000)))


def search_enormous(chance: Random) -> str:
    """Return a search that is deep, wide or long."""
    return chance.choice(ENORMOUS_SEARCHES)(chance.choice((10, 60, 300, 3000)))
