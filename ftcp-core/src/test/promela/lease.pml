/*
 * Who owns the service address: two daemons, their kernels, the pairing word and the lease, step by step as RoleMachine, Pair, CoreLoop
 * and the gate take them. scripts/lib/model.sh explores every state and every fault at every step; ARCHITECTURE.md maps steps to methods.
 *
 * Stops. A step may come any time after the one before, so SIGSTOP of a daemon or of its whole host needs no step of its own. What a
 * stop changes is what others see of the host: a question may stay unanswered (SILENT), and a stopped kernel does not answer for its
 * address.
 *
 * Time. Every time that is compared is "a clock reading + lease", so a reading is stored as its age in ticks, up to LEASE, where it no
 * longer matters; a deadline as the ticks left. That loses nothing, and states are finite although time and generations have no end.
 * Any number of ticks may pass between two steps. At most three readings younger than a lease matter at once (the deadline in the gate,
 * the time in the owner's hand, the standby's last look at the heartbeat or its promotion), and LEASE = 3 ticks let these run out in any order, apart or together. Detection is a
 * guess that may come at any time: no safety rests on it.
 *
 * Epochs count modulo 3: more compare-and-sets succeed than in reality, so what holds here holds for any number of generations.
 *
 * Lines with @ name a transition of RoleMachine and the calls that it makes, in their order; LeaseModelTest compares them with the code.
 * Calls that change nothing here (announce, prepareTakeover) are named too. A heartbeat without a lease to follow (synced, awaited) could only
 * make a standby wait longer, and is left out. peerHostGone is always false, peerBeatsFirst true.
 *
 * Not here: what a frame does between the gate and the wire; that an ARP probe may get lost; and an owner alone whose daemon is dead
 * *and* whose kernel is stopped while the other host starts cold (STOPPED_ORPHAN: its gate has no lease, and nobody answers for it).
 */

#ifndef LEASE
#define LEASE 3
#endif
#define REGIONS 3

/* roles; what Role.answer() makes of them. FENCED answers and searches like STARTING */
#define DEAD 0
#define STARTING 1
#define JOINING 2
#define STANDBY 3
#define TAKEOVER 4
#define ALONE 5 /* UNPROTECTED */
#define SYNCING 6
#define PROTECTED 7

/* answers */
#define SILENT 0
#define ABSENT 1
#define IDLE 2
#define BUSY 3
#define OWNER 4

/* gate */
#define CLOSED 0
#define PROTECT 1
#define OPEN 2

/* pairing word */
#define FRESH 0
#define PAIRED 1
#define PROMOTED 2
#define DETACHED 3

typedef Region {
	byte word;
	byte epoch;
	bit beaten; /* a heartbeat that the standby has not looked at */
	bit silent; /* the owner says that its gate is closed and that it gives up */
	bit handed; /* the log says that the owner is silent and that the standby may take over */
	bit lacks; /* a byte was acknowledged that is not in this copy */
	bit left   /* the owner went on alone: the copy is worthless */
}

typedef Host {
	/* the daemon */
	bit alive;
	byte role;   /* as published to the peer */
	bit offering;
	byte link;    /* region at this end of the link, or 0 */
	byte arrived; /* region of a joiner that was let in, but not looked at yet */
	byte epoch;
	byte age;     /* of the time that the daemon holds in its hand */
	byte published; /* a byte is in the log of this region, and not acknowledged */
	bit drained;  /* read its log to the end, to take over */
	/* the kernel */
	byte gate;
	byte left;    /* ticks until the lease ends */
	bit address;
	bit probes;   /* the daemon sends in the VIP's name before the address is up */
	byte committed /* the byte that committed_ack lets the kernel acknowledge is in this region */
}

#define NOWHERE (REGIONS + 1) /* in a region that is no more */

Region region[REGIONS + 1];
Host host[2];
byte claim; /* 1 + its holder, or 0 */

#define me _pid
#define my host[me]
#define peer host[1 - me]
#define theCopy region[my.link]
#define letsOut(h) (host[h].gate == OPEN || host[h].gate == PROTECT && host[h].left > 0)
#define speaks(h) (letsOut(h) && (host[h].address || host[h].probes))
#define joined(h, r) (host[h].link == r || host[h].arrived == r)
#define peerGone (my.link != 0 && !joined(1 - me, my.link))
#define pairedWithMe (theCopy.word == PAIRED && theCopy.epoch == my.epoch)
#define after(e) (1 + e % 3)

/* G5 */
inline check() { assert(!(speaks(0) && speaks(1))) }

/* Memory that nobody has mapped any more. */
inline collect(r)
{
	if
	:: !joined(0, r) && !joined(1, r) ->
		region[r].word = FRESH; region[r].epoch = 0; region[r].beaten = 0; region[r].silent = 0; region[r].handed = 0; region[r].lacks = 0; region[r].left = 0;
		if :: host[0].published == r -> host[0].published = 0 :: else fi;
		if :: host[1].published == r -> host[1].published = 0 :: else fi;
		if :: host[0].committed == r -> host[0].committed = NOWHERE :: else fi;
		if :: host[1].committed == r -> host[1].committed = NOWHERE :: else fi
	:: else
	fi
}

inline collectAll() { collect(1); collect(2); collect(3) }

inline letGoOfClaim(h)
{
	if :: claim == h + 1 -> claim = 0 :: else fi
}

/* The deadline is computed from the time in hand, however old that is by now. */
inline setLease()
{
#ifdef GATE_INCLUSIVE
	my.left = LEASE + 1 - my.age;
#else
	my.left = LEASE - my.age;
#endif
	my.age = LEASE
}

/* RolePort.join: the peer's rendezvous thread answers, or lets the new region in, whatever its core loop is doing. */
inline ask(answer)
{
	if
	:: peer.alive -> answer = SILENT
	:: !peer.alive -> answer = ABSENT
	:: peer.alive ->
		if
		:: peer.offering -> answer = BUSY
		:: !peer.offering && peer.role == STARTING -> answer = IDLE
		:: !peer.offering && peer.role >= JOINING && peer.role <= TAKEOVER -> answer = BUSY
		:: !peer.offering && peer.role >= ALONE ->
			answer = OWNER;
			if
			:: !joined(0, 1) && !joined(1, 1) -> my.link = 1
			:: else ->
				if
				:: !joined(0, 2) && !joined(1, 2) -> my.link = 2
				:: else -> assert(!joined(0, 3) && !joined(1, 3)); my.link = 3
				fi
			fi;
			theCopy.lacks = 1;
			peer.arrived = my.link;
			collectAll()
		fi
	fi;
#ifdef SILENT_IS_IDLE
	if :: answer == SILENT || answer == BUSY -> answer = IDLE :: else fi
#endif
}

active [2] proctype Daemon()
{
	byte answer;

dead:
	/*
	 * Daemon, WrapLoader: the gate is as the last daemon left it until a new one replaces it. That one is closed, unless the old one stands
	 * open, for an owner that was alone, and the claim can be had: nobody else can become owner meanwhile.
	 */
	atomic {
		!my.alive ->
		my.alive = 1; my.left = 0; my.committed = 0; my.epoch = 0; my.age = LEASE;
		answer = 0;
		if
#ifndef OPEN_WITHOUT_CLAIM
		:: my.gate == OPEN && claim != 2 - me -> claim = me + 1
#else
		:: my.gate == OPEN
#endif
		:: else -> my.gate = CLOSED
		fi
	}
	{
	/*
	 * STARTING, FENCED: ColdStart.
	 * @search: join tryClaim probeAddresses
	 * @found: join closeGate fence releaseClaim JOINING
	 */
	my.role = STARTING;
search:
	atomic { my.offering = 1; answer = SILENT }
	atomic { ask(answer) }
	if
	:: atomic { answer == OWNER -> answer = 0; my.gate = CLOSED; my.address = 0 } goto joining
	:: atomic { answer == SILENT || answer == BUSY -> answer = 0; my.offering = 0 } goto search
	:: atomic { answer == ABSENT || answer == IDLE -> answer = 0; my.offering = 0 }
	fi;
	if
	:: atomic { claim == 0 || claim == me + 1 -> claim = me + 1 }
	:: claim == 2 - me -> goto search
	fi;
	/* the probe: a host that may speak answers for its address, unless it is stopped, kernel and all */
	if
#ifdef OWN_ADDRESS_IS_OWN
	:: my.address -> goto free
	:: atomic { !my.address && speaks(1 - me) -> letGoOfClaim(me) } goto search
#else
	:: atomic { speaks(1 - me) -> letGoOfClaim(me) } goto search
#endif
	:: !speaks(1 - me)
	:: peer.alive
#ifdef STOPPED_ORPHAN
	:: !peer.alive
#endif
	fi;
free:
	/* @free: addressesUp openGate UNPROTECTED announce */
	atomic {
		my.epoch = after(my.epoch); my.address = 1; check();
	}
	atomic {
		/* nobody who could go on with the connections is passed over */
		assert(!(peer.alive && peer.link != 0 && (region[peer.link].word == PAIRED || peer.role == TAKEOVER)));
		my.gate = OPEN; check();
	}
	goto alone;

	/* UNPROTECTED */
alone:
	atomic { my.role = ALONE; my.link = 0; my.drained = 0; my.probes = 0; my.offering = 0; collectAll() }
	do
	:: atomic { claim == 0 -> claim = me + 1 }
	:: atomic { my.arrived != 0 -> my.link = my.arrived; my.arrived = 0; my.role = SYNCING } goto syncing
	od;

	/*
	 * SYNCING: CoreLoop.sync sets a lease and clamps before the last drain; then RoleMachine.onSyncComplete.
	 * @synced: protectGate pair beat PROTECTED
	 */
syncing:
#if !defined(PAIR_BEFORE_LEASE) && !defined(DRAIN_BEFORE_CLAMP)
	my.age = 0;
	atomic { setLease() }
	atomic { my.gate = PROTECT; check() }
#endif
	if
	:: goto openAgain /* peer gone or stalled */
	:: atomic {
		/* what was captured before the clamp is read, and the snapshot ends */
		theCopy.lacks = 0;
		if :: my.committed != 0 -> my.committed = my.link :: else fi
	   }
	fi;
#ifdef PAIR_BEFORE_LEASE
	atomic { theCopy.word = PAIRED; theCopy.epoch = my.epoch }
#endif
	my.age = 0;
	atomic { setLease() }
	atomic { my.gate = PROTECT; check() }
#ifndef PAIR_BEFORE_LEASE
	atomic { assert(theCopy.word == FRESH); theCopy.word = PAIRED; theCopy.epoch = my.epoch }
#endif
	my.role = PROTECTED;

	/*
	 * PROTECTED. Time is taken by whoever calls the machine.
	 * @heartbeat: beat pairedEpoch renewLease
	 */
protected:
	if
	:: /* RoleMachine.heartbeat */
#ifdef LEASE_TIME_AFTER_READ
		theCopy.beaten = 1;
		if
		:: !pairedWithMe -> goto lose
		:: pairedWithMe
		fi;
		my.age = 0;
#else
		my.age = 0;
#ifndef BEAT_AFTER_READ
		theCopy.beaten = 1;
#endif
		if
		:: atomic { !pairedWithMe -> my.age = LEASE } goto lose
		:: pairedWithMe
		fi;
#ifdef BEAT_AFTER_READ
		theCopy.beaten = 1;
#endif
#endif
		atomic { setLease(); check() }
	:: /* FlowEngine.endBatch: publish, then commitAck */
		atomic {
			my.published == 0 && my.committed == 0 ->
#ifdef ACK_BEFORE_PUBLISH
			my.committed = NOWHERE
		}
		atomic { my.committed == NOWHERE -> my.committed = my.link }
#else
			my.published = my.link
		}
		atomic { my.committed = my.published; my.published = 0 }
#endif
	:: goto detach /* peer gone, stalled, or the daemon stops */
	:: goto lose   /* service fault: handed over */
	:: goto handover
	fi;
	goto protected;

	/*
	 * HANDOVER: silent, then the record, which CoreLoop writes when all is drained; then the word decides.
	 * @handover: listenGate handOver HANDOVER
	 * @awaited: pairedEpoch beat
	 */
handover:
#ifndef HANDOVER_BEFORE_SILENCE
	my.gate = CLOSED;
#endif
	if
	:: atomic { theCopy.handed = 1 } /* what was captured is in the log before it */
	:: skip
	fi;
#ifdef HANDOVER_BEFORE_SILENCE
	my.gate = CLOSED;
#endif
	if
	:: !pairedWithMe -> goto lose
	:: goto detach /* peer gone, or not promoted in time */
	fi;

detach:
	/* @detach: detach openGate dropPeer UNPROTECTED */
#ifdef DETACH_WITHOUT_CAS
	atomic { theCopy.left = 1 }
#else
	if
	:: atomic { pairedWithMe -> theCopy.word = DETACHED; theCopy.left = 1 }
	:: !pairedWithMe -> goto lose
	fi;
#endif
openAgain:
	atomic { my.gate = OPEN; check() }
	goto alone;

lose:
	/* @lose: closeGate fence tellSilence dropPeer releaseClaim FENCED */
#ifdef SILENCE_BEFORE_IT_IS
	theCopy.silent = 1;
#endif
	my.gate = CLOSED;
	my.address = 0;
	atomic { theCopy.silent = 1; my.link = 0; my.drained = 0; my.probes = 0; collectAll() }
	atomic { letGoOfClaim(me); my.role = STARTING }
	goto search;

	/* @paired: pairedEpoch peerBeat now STANDBY */
joining:
	atomic { letGoOfClaim(me); my.role = JOINING; my.offering = 0 }
	if
	:: atomic { theCopy.word == PAIRED -> my.epoch = theCopy.epoch }
	:: peerGone ->
		if
		:: atomic { theCopy.word == PAIRED -> my.epoch = theCopy.epoch }
		:: theCopy.word != PAIRED -> goto restart
		fi
	fi;
	atomic { theCopy.beaten = 0; my.age = 0; my.role = STANDBY }

	/*
	 * STANDBY. The heartbeat is read, then the time: its lease was computed from an earlier one. Here both are one step, for a later time could only
	 * make the standby wait longer.
	 * @watch: peerBeat pairedEpoch now
	 */
watch:
	if
#ifdef LOOK_TIME_BEFORE_READ
	:: theCopy.beaten -> my.age = 0; theCopy.beaten = 0; goto watch
#else
	:: atomic { theCopy.beaten -> theCopy.beaten = 0; my.age = 0 } goto watch
#endif
	:: atomic { !pairedWithMe -> my.age = LEASE } goto restart
#ifdef DEAF_STANDBY
	:: !peerGone -> goto promote
#else
	:: goto promote /* peer gone, or no heartbeat for too long */
#endif
	:: theCopy.handed -> goto promote
	fi;

promote:
	/*
	 * The word first, then the heartbeat: a lease that is granted later than the last look was asked for with a newer one, which shows by now.
	 * @promote: promote peerBeatsFirst peerBeat now TAKEOVER prepareTakeover peerSilent peerHostGone
	 */
#ifdef TIME_BEFORE_CAS
	my.age = 0;
#endif
	if
	:: atomic {
		pairedWithMe ->
		assert(!theCopy.left && !theCopy.lacks);
		theCopy.word = PROMOTED; theCopy.epoch = after(my.epoch)
	   }
	:: atomic { !pairedWithMe -> my.age = LEASE } goto restart
	fi;
#if !defined(TIME_BEFORE_CAS) && !defined(NO_LOOK_AFTER_CAS)
	if
	:: atomic { theCopy.beaten -> my.age = 0 }
	:: !theCopy.beaten
	fi;
#endif
	atomic { my.epoch = after(my.epoch); my.role = TAKEOVER }

	/*
	 * TAKEOVER: the lease, or the record or the word that make it needless; then CoreLoop.takeOver.
	 * @takeover: peerSilent executeTakeover
	 * @handed: promote peerBeatsFirst peerBeat now TAKEOVER prepareTakeover peerSilent peerHostGone executeTakeover
	 */
#ifdef DRAIN_BEFORE_WAIT
	atomic { assert(!theCopy.lacks); my.drained = 1 }
#endif
#ifndef NO_WAIT_AFTER_CAS
	if
	:: atomic { my.age == LEASE }
	:: atomic { theCopy.handed -> my.age = LEASE }
	:: atomic { theCopy.silent -> my.age = LEASE }
	fi;
#else
	my.age = LEASE;
#endif
#ifndef DRAIN_BEFORE_WAIT
	atomic { assert(!theCopy.lacks); my.drained = 1 }
#endif
	atomic { my.gate = OPEN; my.probes = 1; check() }
	if
	:: atomic { my.address = 1; check() }
	:: goto lose /* onTakeoverFailed */
	fi;
	goto alone;

restart:
	/* @restart: dropCopy STARTING */
	atomic { my.link = 0; collectAll() }
	my.role = STARTING;
	goto search
	} unless { !my.alive };
	goto dead
}

/* Both clocks are CLOCK_BOOTTIME of one kernel. */
active proctype Clock()
{
	byte i;
	do
	:: d_step {
		host[0].left > 0 || host[1].left > 0 || host[0].age < LEASE || host[1].age < LEASE ->
		for (i : 0 .. 1) {
			if :: host[i].left > 0 -> host[i].left-- :: else fi;
			if :: host[i].age < LEASE -> host[i].age++ :: else fi
		}
		i = 0
	   }
	od
}

inline acknowledge(h, where)
{
	assert(!host[1 - h].drained); /* what is acknowledged now, nobody will read any more */
	if :: where != 1 && (joined(0, 1) || joined(1, 1)) -> region[1].lacks = 1 :: else fi;
	if :: where != 2 && (joined(0, 2) || joined(1, 2)) -> region[2].lacks = 1 :: else fi;
	if :: where != 3 && (joined(0, 3) || joined(1, 3)) -> region[3].lacks = 1 :: else fi
}

/* The kernels acknowledge: what committed_ack allows in PROTECT, anything in OPEN. */
active proctype Kernels()
{
	do
	:: d_step { speaks(0) && host[0].gate == PROTECT && host[0].committed -> acknowledge(0, host[0].committed); host[0].committed = 0 }
	:: d_step { speaks(1) && host[1].gate == PROTECT && host[1].committed -> acknowledge(1, host[1].committed); host[1].committed = 0 }
	:: d_step { speaks(0) && host[0].gate == OPEN -> acknowledge(0, 0); host[0].committed = 0 }
	:: d_step { speaks(1) && host[1].gate == OPEN -> acknowledge(1, 0); host[1].committed = 0 }
	od
}

/* The kernel closes what a dead daemon had open. The gate stays. */
inline kill(h)
{
	host[h].alive = 0; host[h].role = DEAD; host[h].offering = 0; host[h].link = 0; host[h].arrived = 0; host[h].age = LEASE;
	host[h].published = 0; host[h].drained = 0; host[h].probes = 0; host[h].epoch = 0;
	letGoOfClaim(h);
	collectAll()
}

inline crash(h)
{
	kill(h);
	host[h].gate = CLOSED; host[h].address = 0; host[h].left = 0; host[h].committed = 0
}

#define up(h) (host[h].alive || host[h].address || host[h].gate != CLOSED)

active proctype Faults()
{
#ifdef LIVENESS
	/* one, at any time */
	if
#else
	do
#endif
	:: d_step { host[0].alive -> kill(0) }
	:: d_step { host[1].alive -> kill(1) }
	:: d_step { up(0) -> crash(0) }
	:: d_step { up(1) -> crash(1) }
#ifdef LIVENESS
	fi
#else
	od
#endif
}

#ifdef LIVENESS
/* A standby that may be promoted, beside a dead owner, speaks in the end, whoever else does what. */
#define heir(h) (host[h].alive && host[h].role == STANDBY && region[host[h].link].word == PAIRED && !host[1 - h].alive)
ltl served { [] (heir(1) -> <> speaks(1)) }
#endif
