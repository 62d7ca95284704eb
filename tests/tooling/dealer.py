"""Who runs which tests when `./omni test` runs all of them in two pytest workers.

A file is dealt as a whole. The addon's own tests and the quick folders are one piece, the longest,
and the first. The crash tests need the machine for themselves: they wait until all else is done.
"""

from xdist.scheduler import LoadScopeScheduling

FIRST = ("tests/whole/", "tests/channels/", "tests/planning/", "tests/sandbox/")
LAST = "tests/crash/"


class Dealer(LoadScopeScheduling):
    """Deals files to the workers, the crash tests alone at the end."""

    def _split_scope(self, nodeid):
        if nodeid.startswith(FIRST):
            return "first"
        if nodeid.startswith(LAST):
            return LAST
        return nodeid.split("::")[0]

    def _reschedule(self, node):
        if list(self.workqueue) != [LAST]:
            return super()._reschedule(node)
        # A worker begins its last test only when it is given more, or told that it was the last.
        busy = [other for other in self.nodes if not other.shutting_down]
        if len(busy) > 1:
            if self._pending_of(self.assigned_work[node]) <= 2:
                node.shutdown()
        elif not any(self._pending_of(self.assigned_work[n]) for n in self.nodes if n != node):
            super()._reschedule(node)
        return None

    def mark_test_complete(self, node, item_index, duration=0):
        """Note a result; the end of one worker may be what the crash tests waited for."""
        super().mark_test_complete(node, item_index, duration)
        for other in self.nodes:
            if other != node:
                self._reschedule(other)
