#!/usr/bin/env python3
"""Says when clocks end, day by day, from their ledgers. It shares nothing with the service but the form of the lines.

Standard input holds JSON lines. A calendar: {"calendar": name, "off": [days], "worked": [days]}. A history:
{"history": n, "calendars": [names], "now": moment, "ledger": [lines as a hazard keeps them]}. For each history one line
is written: under each calendar every run of every clock, [kind, state, last day or null, overdue], oldest start first.

A day counts when the clock ran at its first moment, and for working days when it is one. A clock ends on the first day
at whose end it runs and has used up what it was given; an extension gives the days to the new end and begins anew.
"""
import json
import sys
from datetime import date, datetime, timedelta

DAY = timedelta(days=1)


def local(moment):
    return datetime.fromisoformat(moment.replace("Z", "")) + timedelta(hours=8)


def given(change, today):
    """What a start or an extension gives: a number of days, and whether they are working days."""
    budget = change.get("budget") or {"until": change["until"]}
    if "until" in budget:
        return (date.fromisoformat(budget["until"]) - today).days, False
    return budget.get("working_days", budget.get("days")), "working_days" in budget


def last_day(run, works):
    pending = [(local(change["at"]).date(), change) for change in run]
    today, runs, used, ended = pending[0][0], False, 0, None
    while pending or (runs and ended is None):
        used += runs and (not working or works(today))
        while pending and pending[0][0] == today:
            change = pending.pop(0)[1]
            if change["change"] in ("start", "extend"):
                runs = runs or change["change"] == "start"
                (budget, working), used, ended = given(change, today), 0, None
            elif change["change"] in ("pause", "resume"):
                runs = change["change"] == "resume"
        if runs and ended is None and used >= budget:
            ended = today
        today += DAY
    return ended if runs else None


def judge(ledger, works, now):
    runs = []
    for change in ledger:
        if change["change"] == "start":
            for run in runs:
                if run[0]["kind"] == change["kind"]:  # a clock that is started anew is over
                    run.append({"change": "stop", "at": change["at"]})
            runs.append([change])
        else:
            next(run for run in reversed(runs) if run[0]["kind"] == change["kind"]).append(change)
    for run in runs:
        states = {"start": "running", "resume": "running", "pause": "paused", "stop": "stopped"}
        state = [states[change["change"]] for change in run if change["change"] != "extend"][-1]
        end = last_day(run, works)
        late = state == "running" and now >= datetime(end.year, end.month, end.day) + DAY
        yield [run[0]["kind"], state, end and end.isoformat(), late]


def main():
    calendars = {}
    for line in map(json.loads, sys.stdin):
        if "calendar" in line:
            off, worked = ({date.fromisoformat(day) for day in line[name]} for name in ("off", "worked"))
            calendars[line["calendar"]] = lambda day, off=off, worked=worked: day in worked or (
                day not in off and day.weekday() < 5)
            continue
        now, told = local(line["now"]), [calendars[name] for name in line["calendars"]]
        print(json.dumps([list(judge(line["ledger"], works, now)) for works in told], separators=(",", ":")))


main()
