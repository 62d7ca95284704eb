"""A phone call put together from what its events tell, in whatever order they come."""

from collections.abc import Collection

from .events import Call, CallState


def fold(known: Call, news: Call) -> Call:
    """Return what two events, or events folded before, tell together about one call.

    The order does not matter, and folding the same event again changes nothing.

    - Somebody talked when any event says who took the call. Then it is ANSWERED, and ENDED as
      soon as any event says that it is over, even if that event calls it missed: the caller's
      own leg can't know who was on the other one.
    - Else MISSED beats ENDED: a call that nobody took ends like any other.
    - RINGING is the weakest.

    So events may say MISSED or ENDED as soon as they can't tell more. An event that knows of an
    answer has to name who took it (`answered_by`), save in calls of ours, where it is the customer.
    """
    both = known, news
    is_outbound = known.is_outbound or news.is_outbound
    talks = [call for call in both if _is_talk(call, is_outbound)]
    state = _state({call.state for call in both}, bool(talks))
    if state is CallState.MISSED:
        seconds = ()
    else:
        # the caller's leg counts the ringing too: what the answered one says is better
        seconds = [call.seconds for call in talks or both if call.seconds is not None]
    recording_seconds, recording_url = max(
        (call.recording_seconds if call.recording_seconds is not None else -1, call.recording_url)
        for call in both
    )
    return Call(
        external_id=known.external_id,
        state=state,
        is_outbound=is_outbound,
        seconds=max(seconds, default=None),
        answered_by=max(call.answered_by for call in both),
        recording_url=recording_url,
        recording_seconds=None if recording_seconds < 0 else recording_seconds,
        transcript=_merged(known.transcript, news.transcript),
    )


def _is_talk(call: Call, is_outbound: bool) -> bool:
    """Tell whether this proves that two people spoke."""
    if call.state is CallState.ENDED:
        return bool(call.answered_by) or is_outbound
    return call.state is CallState.ANSWERED


def _state(states: Collection[CallState | None], is_talk: bool) -> CallState | None:
    is_over = CallState.ENDED in states or CallState.MISSED in states
    if is_talk:
        return CallState.ENDED if is_over else CallState.ANSWERED
    order = (CallState.MISSED, CallState.ENDED, CallState.RINGING)
    return next((state for state in order if state in states), None)


def transcript_line(number: str, speaker: str, text: str) -> str:
    """Return one piece of a transcript that comes in pieces, so that `fold` can order them."""
    return f"{number}. {speaker} {' '.join(text.split())}"


def _merged(*transcripts: str) -> str:
    """Return the lines of all, each once, in the order of the numbers before them."""
    lines = {line for transcript in transcripts for line in transcript.splitlines() if line}
    return "\n".join(sorted(lines, key=lambda line: (_number(line), line)))


def _number(line: str) -> int:
    number = line.partition(". ")[0]
    return int(number) if number.isdecimal() and len(number) < 10 else 0
