"""How the command line shows providers."""

from collections.abc import Mapping
from typing import Any

from app.cli import show_models
from app.cli.show import second, table


def providers(answer: Mapping[str, Any]) -> str:
    """Return a line for each provider and each model that fails, the models, what was learned, and the aliases."""
    lines = [line for one in answer["providers"] for line in _breakers(one)]
    rows = [
        {
            **model,
            "provider": one["name"],
            "own_name": model["model"],
            "context": model["context_tokens"],
            "usd_per_m": _price(model["price"]),
            "in_flight": _in_flight(model),
            **_quota(model["quota"]),
            **_places(model),
        }
        for one in answer["providers"]
        for model in one["models"]
    ]
    columns = [
        "name",
        "provider",
        "own_name",
        "context",
        "vision",
        "usd_per_m",
        "quota",
        "left",
        "next_start_s",
        "reserved",
    ]
    if any(row["in_flight"] for row in rows):
        columns.append("in_flight")
    learned = [line for one in answer["providers"] for model in one["models"] for line in show_models.learned(model)]
    aliases = [f"{name} = {', '.join(chain)}" for name, chain in answer["aliases"].items()]
    blocks = [lines, table(rows, columns).splitlines(), learned, aliases]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def quotas(answer: Mapping[str, Any]) -> str:
    """Return a table of models and their quotas."""
    rows = [{**one, "name": name, **_quota(one)} for name, one in answer.items()]
    return table(rows, ("name", "quota", "configured", "advertised", "left"))


def status(answer: Mapping[str, Any]) -> str:
    """Return how a provider is, in a few lines; what it does not tell is left out."""
    stale = " (a new check is being made)" if answer["is_stale"] else ""
    parts = {
        "state": f"{answer['state']}: {answer['message']}",
        "breaker": breaker(answer["breaker"]),
        "failures": answer["consecutive_failures"],
        "balance": _usd(answer["balance_usd"]),
        "used": _usd(answer["usage_usd"]),
        "today": _usd(answer["usage_today_usd"]),
        "month": _usd(answer["usage_month_usd"]),
        "success": second(answer["last_success_at"]),
        "error": f"{answer['last_error']} at {second(answer['last_error_at'])}" if answer["last_error"] else "",
        "checked": f"{second(answer['checked_at'])}{stale}" if answer["checked_at"] else "never",
    }
    lines = [f"{name:<9} {value}" for name, value in parts.items() if value not in {None, ""}]
    return "\n".join([*lines, "", quotas(answer["quotas"])])


def metrics(answer: Mapping[str, Any]) -> str:
    """Return a table with a line for each day and model, the days when the breaker was not closed, and the sum."""
    rows = [_calls(one) | {"day": day["day"], "model": one["model"]} for day in answer["days"] for one in day["models"]]
    rows.append(_calls(answer["total"]) | {"day": "all"})
    columns = ("day", "model", "calls", "ok", "failed", "tokens", "cost_usd", "p50_s", "p95_s", "failures")
    shut = [
        f"{day['day']}: " + ", ".join(f"{state} for {spent:.0f} s" for state, spent in found.items())
        for day in answer["days"]
        if (found := {state: spent for state, spent in day["states_s"].items() if spent and state != "closed"})
    ]
    return "\n".join([table(rows, columns), *([""] if shut else []), *shut])


def breaker(item: Mapping[str, Any] | None) -> str:
    """Return what a breaker is, in a few words."""
    if item is None:
        return "unknown, Redis is away"
    words = {
        "closed": "calls go",
        "open": f"failing, no call before {second(item['until'])}",
        "half_open": "was failing, one call tries it",
        "forced_open": "closed by an operator, no call until `providers close`",
    }
    return words[item["state"]]


def _places(model: Mapping[str, Any]) -> dict[str, str]:
    """Return the quota's cell with how many calls are under way, of those that may be: nothing where any number may."""
    if (most := model.get("max_in_flight")) is None:
        return {}
    under_way = model["in_flight"] if model["in_flight"] is not None else "?"
    return {"quota": f"{_quota(model['quota'])['quota']}, {under_way}/{most} at once"}


def _breakers(item: Mapping[str, Any]) -> list[str]:
    failing = [one for one in item["models"] if (one.get("breaker") or {}).get("state", "closed") != "closed"]
    return [
        f"{item['name']} ({_place(item)}): {breaker(item['breaker'])}",
        *(f"  {one['name']}: {breaker(one['breaker'])}{_why(one['breaker'])}" for one in failing),
    ]


def _place(item: Mapping[str, Any]) -> str:
    preset = f", preset {item['preset']}" if item.get("preset") else ""
    return f"{item['host'] or item['kind']}{preset}"


def _why(item: Mapping[str, Any]) -> str:
    return f" ({item['last_error']})" if item["last_error"] else ""


def _in_flight(item: Mapping[str, Any]) -> str | None:
    if item.get("max_in_flight") is None:
        return None
    now = item.get("in_flight")
    return f"{'?' if now is None else now}/{item['max_in_flight']}"


def _quota(item: Mapping[str, Any]) -> dict[str, Any]:
    left = [
        f"{item[name]:g}{word}"
        for name, word in (("requests_left", ""), ("tokens_left", "tok"))
        if item[name] is not None
    ]
    effective = item["effective"] or item["override"] or item["configured"] or "none known"
    shown = effective if item["factor"] in {None, 1} else f"{effective} x {item['factor']:g}"
    return {
        "quota": f"{shown} (override)" if item["override"] is not None else shown,
        "left": " ".join(left),
        "next_start_s": item["next_start_s"],
        "reserved": item["reserved"],
    }


def _calls(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "calls": item["calls"],
        "ok": item["successes"],
        "failed": sum(item["failures"].values()),
        "tokens": f"{item['prompt_tokens']}+{item['completion_tokens']}",
        "cost_usd": None if item["cost_usd"] is None else f"{item['cost_usd']:.4f}",
        "p50_s": item["latency_p50_s"],
        "p95_s": item["latency_p95_s"],
        "failures": ", ".join(f"{count} {kind}" for kind, count in item["failures"].items()),
    }


def _price(item: Mapping[str, float] | None) -> str | None:
    return None if item is None else f"{item['input']:g}/{item['output']:g}"


def _usd(amount: float | None) -> str | None:
    return None if amount is None else f"{amount:.2f} USD"
