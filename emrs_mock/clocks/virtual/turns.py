"""One turn: of the threads that belong to the test one runs at a time, and the last one to block moves the clock.

Patches make threads come here: `threads`, `pools`, `event_loops`. `stall_guard` sees to threads that block unseen.
"""

from __future__ import annotations

from _thread import RLock, get_ident
from collections import deque
from datetime import timedelta

from emrs_mock.clocks.virtual.deadlines import Deadlines
from emrs_mock.clocks.virtual.participants import Participant, Participants, Wait
from emrs_mock.clocks.virtual.pending_work import PendingWork
from emrs_mock.clocks.virtual.process_time import ProcessTime
from emrs_mock.clocks.virtual.spins import Spins
from emrs_mock.clocks.virtual.stall_guard import StallGuard


class Turns:
    """Which participants run, are ready, or sleep until when. One lock guards it, and is free while time moves."""

    def __init__(self, process_time: ProcessTime, grace: timedelta) -> None:
        self.lock = RLock()
        self.process_time = process_time
        self.spin = Spins(process_time).next
        self.guard = StallGuard(self, grace)
        self.participants = Participants()
        self.running: set[Participant] = set()
        self.loose: set[Participant] = set()
        self.ready: deque[Wait] = deque()
        self.asleep = Deadlines()
        self.waiting: dict[Wait, None] = {}
        self.held = 0
        self.pending = PendingWork()
        self.closed = False

    def enter(self, participant: Participant) -> None:
        """Take part from now on, in the current thread and with the turn."""
        participant.begin()
        with self.lock:
            self.participants[get_ident()] = participant
            self.running.add(participant)

    def announce(self, wait: Wait) -> None:
        """List a participant that will `arrive`, so that the order does not depend on when it does."""
        with self.lock:
            wait.over = True
            self.waiting[wait] = None
            self.ready.append(wait)
            self._dispatch()
            if self.closed:
                wait.granted = True
                wait.wake()

    def arrive(self, wait: Wait) -> None:
        """Take part in the current thread, as the announced participant, unless that was taken back meanwhile."""
        with self.lock:
            if self.closed or wait.dropped:
                return
            wait.participant.begin()
            self.participants[get_ident()] = wait.participant
            self.guard.monitor(wait)
        self._park(wait)

    def take_back(self, wait: Wait) -> None:
        """Remove a participant from the list that was announced and will not arrive, with its turn if it has one."""
        with self.lock:
            wait.dropped = True
            self._forget(wait)
            self._give_up_turn(wait.participant)
            self._dispatch()
            wait.wake()
            self.guard.nudge()

    def leave(self, participant: Participant) -> None:
        """Take no part any more; those that wait for the thread's end are ready."""
        with self.lock:
            participant.gone = True
            participant.close()
            for wait in participant.joiners:
                self.notify(wait)
            if self.participants.get(get_ident()) is participant:
                self.step_out()
                try:
                    self._move_on()
                finally:
                    # Also where a world failed: the thread that monitors meets the same error.
                    self.guard.nudge()

    def step_out(self) -> Participant:
        """Remove the current thread from the list; the caller sees to it that the next one runs."""
        participant = self.participants.pop(get_ident())
        self._give_up_turn(participant)
        return participant

    def sleep(self, participant: Participant, by: timedelta) -> None:
        """Sleep; time moves if no other participant can run. No time at all is a turn for the others."""
        deadline = self.process_time.look() + (by or self.spin())
        if not self.pass_alone(participant, deadline):
            self.block(Wait(self, participant, deadline))

    def pass_alone(self, participant: Participant, deadline: timedelta, *, notifiable: bool = False) -> bool:
        """Let time pass where no other thread takes part, without handing over the turn; False if one does."""
        with self.lock:
            busy = self.waiting or self.loose or self.held or self.pending or self.participants.mover
            if busy or len(self.running) != 1:
                return False
            if participant not in self.running or (notifiable and self.guard.another_thread_ran()):
                return False
            self.participants.mover = get_ident()
        try:
            self._run_to(deadline)
        finally:
            self.participants.mover = None
        # What happened in the worlds may have started or woken a participant, which comes first.
        return not self.ready

    def join(self, participant: Participant, child: Participant, by: timedelta | None) -> bool:
        """Wait for a participant to leave; False if that took longer than `by`."""
        wait = Wait(self, participant, None if by is None else self.process_time.look() + by)
        with self.lock:
            if child.gone:
                return True
            child.joiners.append(wait)
        return self.block(wait)

    def move(self, by: timedelta) -> None:
        """Let time pass; a thread that does not take part wakes those that do at their deadlines."""
        participant = self.participants.get(get_ident())
        if participant and not self.participants.moves_here():
            self.sleep(participant, by)
        else:
            self.process_time.step(by)
            self.guard.poke()

    def block(self, wait: Wait) -> bool:
        """Give the turn back and wait for the next one; returns whether the wait was ended before its time."""
        try:
            with self.lock:
                if self.closed and wait.deadline is not None:
                    return False
                self._give_up_turn(wait.participant)
                self._put(wait)
                self._move_on()
                self.guard.monitor(wait)
        except BaseException:
            self._withdraw(wait)
            raise
        self._park(wait)
        return wait.notified

    def notify(self, wait: Wait) -> bool:
        """End a wait: its participant is ready from now on. False if it was over already."""
        with self.lock:
            if wait.over:
                return False
            wait.over = wait.notified = True
            self.asleep.discard(wait)
            if self.closed:
                wait.wake()
            else:
                self.ready.append(wait)
                self._dispatch()
                self.guard.nudge()
            return True

    def close(self) -> None:
        """End: timed waits are over, others go on for real until they are ended."""
        with self.lock:
            self.closed = True
            self.participants.clear()
            for participant in self.running | self.loose:
                participant.close()
            for wait in self.waiting:
                if wait.over or wait.deadline is not None:
                    wait.over = wait.granted = True
                    wait.wake()
                wait.participant.close()
            self.guard.close()

    def keep_only_this_thread(self) -> None:
        """After a fork: the other threads are the parent's."""
        self.lock = RLock()
        participant = self.participants.keep_only_this_thread()
        self.running, self.loose = {participant} if participant else set(), set()
        self.ready, self.asleep, self.waiting = deque(), Deadlines(), {}
        self.pending.forget()
        self.guard.forget()

    def loosen(self) -> None:
        """Let the others go on without those that have the turn and do not run; one jump at a time."""
        self.loose |= self.running
        self.running.clear()
        self._move_on(force=True)

    def _give_up_turn(self, participant: Participant) -> None:
        self.running.discard(participant)
        self.loose.discard(participant)

    def _put(self, wait: Wait) -> None:
        self.waiting[wait] = None
        if wait.deadline is not None:
            self.asleep.add(wait, wait.deadline)

    def _forget(self, wait: Wait) -> None:
        wait.over = True
        self.asleep.discard(wait)
        self.waiting.pop(wait, None)
        if wait in self.ready:
            self.ready.remove(wait)

    def _dispatch(self) -> None:
        """Give the turn to the first that is ready."""
        if self.ready and not self.running and self.participants.mover is None and not self.closed:
            wait = self.ready.popleft()
            wait.granted = True
            del self.waiting[wait]
            self.running.add(wait.participant)
            self.guard.turned(wait.participant)
            wait.wake()

    def _move_on(self, force: bool = False) -> None:
        """Give the turn to the first that is ready; if none is, move time to where one will be."""
        self._dispatch()
        while not (self.running or self.closed or self.participants.mover or self.held):
            deadline = self._next_deadline(force)
            if deadline is None:
                break
            self.participants.mover = get_ident()
            self.lock.release()
            try:
                self._run_to(deadline)
            finally:
                self.lock.acquire()
                # Not before: a thread that looks between the two would move time again, before the wait is over.
                self.participants.mover = None
            self._come_due()
            self._dispatch()
            force = False

    def _run_to(self, deadline: timedelta) -> None:
        self.process_time.run_to(deadline, self.ready)
        if idle := self.process_time.idle:
            self.guard.idle(idle)

    def _next_deadline(self, force: bool) -> timedelta | None:
        """Until when time may move now; None if it must not."""
        if not force and (self.loose or self.pending):
            return None
        wait = self.asleep.first()
        if wait is None:
            return self.guard.nothing_due()
        if wait.notifiable and not force and self.guard.another_thread_ran():
            return None
        return wait.deadline

    def _come_due(self) -> None:
        """The earliest wait is over, if its time has come and it was not ended before."""
        wait = None if self.ready else self.asleep.first()
        if wait is not None and wait.deadline is not None and wait.deadline <= self.process_time.look():
            wait.over = True
            self.asleep.discard(wait)
            self.ready.append(wait)

    def _park(self, wait: Wait) -> None:
        """Really wait for the turn. One of the threads that wait monitors the one that has it."""
        outer = wait.participant.begin_wait(wait)
        try:
            while not (wait.granted or wait.dropped or (self.closed and wait.notified)):
                woken = wait.park(self.guard.window(wait))
                wait.participant.answer()
                with self.lock:
                    if wait.error is not None:
                        raise wait.error
                    self.guard.after(wait, woken)
                    self._leave_handler(wait)
            self.participants.ending.wait()
        except BaseException:
            # A signal, or an error of ours: the thread goes on, beside the one that has the turn.
            self._withdraw(wait)
            raise
        finally:
            wait.participant.end_wait(outer)

    def _leave_handler(self, wait: Wait) -> None:
        """A handler of a signal that waited itself, within the wait of its thread, left it with the turn."""
        if not wait.granted and wait.participant in self.running:
            self._give_up_turn(wait.participant)
            self._move_on()

    def _withdraw(self, wait: Wait) -> None:
        with self.lock:
            self._forget(wait)
            if not self.closed:
                self.running.add(wait.participant)
            wait.participant.answer()
            self.guard.stop_monitoring(wait)
