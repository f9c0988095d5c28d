/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - HELLO: two nodes open a session, lose it, and are lied to
 *
 * protocol.rst section 3.  Frames are lost, doubled and overtake each other; a node crashes, a link
 * dies of silence at one end; a third station, which cannot read what the two say to each other but
 * knows their names, addresses and incarnations, sends what it likes.  At any moment the wire may
 * become calm; then the two must find each other.
 *
 * What is checked: a session is opened only by who is in it; the ends agree; and no frame, late,
 * doubled or forged, ends a session that both have.
 *
 * BUG_... leave out a part of the protocol: each must break an assertion (run.sh).
 */
#ifndef CRASHES
#define CRASHES		0
#endif
#ifndef SILENCES
#define SILENCES	0
#endif
#ifndef FORGERIES
#define FORGERIES	0
#endif
#ifndef INDICES
#define INDICES		4	/* links that are begun before the calm */
#endif
#ifndef COOKIES
#define COOKIES		2	/* that run out, before the calm */
#endif
#ifndef DOUBLED
#define DOUBLED		0
#endif
#ifndef SLOTS
#define SLOTS		2
#endif
#define ROUNDS		10	/* in which they find each other when it is calm */

#define GUESS		200	/* an index or a cookie that the forger thinks of */
#define FORGED		250	/* and an incarnation */

mtype = { ANNOUNCE, INIT, RESP, COOKIE, DATA, RESET };

typedef frame {
	mtype kind;		/* 0: none */
	byte to;
	byte incarnation;	/* the sender's */
	byte whom;		/* it is for; 0: anybody */
	byte index;		/* DATA, RESET: the one it is about */
	byte peer;		/* index */
	byte cookie;
}

/* The down, opening and up of protocol.rst: no index, .opening, .up. */
typedef end {
	byte incarnation;
	bool up;
	bool opening;
	bool asked;		/* we were */
	byte index;
	byte remote;
	byte whom;		/* the peer's incarnation */
	byte expected;		/* the same, of who is asked */
	byte echo;		/* a cookie for the next INIT */
	byte cookie;		/* that would replace the session */
}

end node[2];
frame wire[SLOTS];
frame f;
frame g;
byte n;				/* where f comes in; no state between steps */
byte last_index;
byte last_cookie;
byte doubled;
byte crashes;
byte silences;
byte forgeries;
byte i;
byte round;
bool calm;
bool begins;			/* this tick does; no state */

#define other		(1 - n)
#define room		(wire[SLOTS - 1].kind == 0)
#define may_begin	(calm || last_index < INDICES)
#define both_have_it	(node[n].up && node[other].up && node[other].index == node[n].remote && \
			 node[other].remote == node[n].index)

/* The wire ------------------------------------------------------------------------------------ */

inline copy(target, source)
{
	target.kind = source.kind;
	target.to = source.to;
	target.incarnation = source.incarnation;
	target.whom = source.whom;
	target.index = source.index;
	target.peer = source.peer;
	target.cookie = source.cookie;
}

inline clear(it)
{
	it.kind = 0;
	it.to = 0;
	it.incarnation = 0;
	it.whom = 0;
	it.index = 0;
	it.peer = 0;
	it.cookie = 0;
}

/* From @n to the other; a step sends no more than one. */
inline put(what, for_whom, its_index, its_peer, its_cookie)
{
	g.kind = what;
	g.to = other;
	g.incarnation = node[n].incarnation;
	g.whom = for_whom;
	g.index = its_index;
	g.peer = its_peer;
	g.cookie = its_cookie
}

/* Lost where there is no room. */
inline post()
{
	i = 0;
	do
	:: i < SLOTS && wire[i].kind != 0 -> i++
	:: else -> break
	od;
	if
	:: i < SLOTS && g.kind != 0 -> copy(wire[i], g)
	:: else
	fi;
	clear(g);
	i = 0
}

inline take_off(slot)
{
	i = slot;
	do
	:: i < SLOTS - 1 -> copy(wire[i], wire[i + 1]); i++
	:: else -> break
	od;
	clear(wire[i]);
	i = 0
}

/* A node -------------------------------------------------------------------------------------- */

inline fall()
{
	node[n].up = false;
	node[n].opening = false;
	node[n].asked = false;
	node[n].index = 0;
	node[n].remote = 0;
	node[n].whom = 0
}

inline begin(were_asked)
{
	last_index++;
	node[n].opening = true;
	node[n].asked = were_asked;
	node[n].index = last_index;
	node[n].remote = 0;
	node[n].whom = 0;
	node[n].echo = 0
}

inline send_init()
{
	put(INIT, node[n].expected, node[n].index, 0, node[n].echo)
}

/* The session is open at this end: only with who is in it. */
inline rise()
{
	assert(node[n].whom <= node[other].incarnation && node[n].whom % 2 == n);
	assert(node[n].remote <= last_index);
	assert(node[n].whom != node[other].incarnation || !node[other].up ||
	       node[other].index != node[n].remote || node[other].remote == node[n].index);
	node[n].up = true;
	node[n].opening = false;
	node[n].asked = false;
	node[n].expected = 0;
	node[n].echo = 0;
#ifndef BUG_COOKIE_OUTLIVES_SESSION
	node[n].cookie = 0;
#endif
	put(DATA, 0, node[n].remote, 0, 0)
}

inline take_announce()
{
	if
	:: node[n].up || (node[n].opening && node[n].remote)
	:: else ->
		node[n].expected = f.incarnation;
		if
		:: node[n].opening || !may_begin
		:: else -> begin(false)
		fi;
		if
		:: node[n].opening -> send_init()
		:: else
		fi
	fi
}

#ifdef BUG_NO_COOKIE
#define may_replace	true
#else
#define may_replace	(f.cookie && f.cookie == node[n].cookie)
#endif

inline take_init()
{
	if
	:: node[n].up && node[n].remote == f.index && node[n].whom == f.incarnation ->
		put(RESP, node[n].whom, node[n].index, node[n].remote, 0)
	:: node[n].up && !(node[n].remote == f.index && node[n].whom == f.incarnation) &&
	   !may_replace ->
		if
		:: !node[n].cookie ->
			last_cookie++;
			node[n].cookie = last_cookie
		:: else
		fi;
		put(COOKIE, f.incarnation, 0, f.index, node[n].cookie)
	:: else ->
		if
		:: node[n].up ->
			assert(!both_have_it);
			node[n].cookie = 0;
			fall()
		:: else
		fi;
		if
		:: node[n].opening && node[n].remote &&
		   (node[n].remote != f.index || node[n].whom != f.incarnation) -> fall()
		:: else
		fi;
		if
		:: !node[n].opening && may_begin -> begin(true)
		:: else
		fi;
		if
		:: node[n].opening ->
			node[n].remote = f.index;
			node[n].whom = f.incarnation;
			put(RESP, node[n].whom, node[n].index, node[n].remote, 0)
		:: else
		fi
	fi
}

#ifdef BUG_PAIRED_TWICE
#define may_pair	true
#else
#define may_pair	(!node[n].remote || (node[n].remote == f.index && \
					     node[n].whom == f.incarnation))
#endif

/* An index is the other half of one index only: with two, ask anew. */
inline take_resp()
{
	if
#ifdef BUG_RESP_NOT_COMPARED
	:: node[n].opening && f.index != 0 ->
#else
	:: node[n].opening && node[n].index == f.peer && may_pair &&
	   (!node[n].expected || node[n].expected == f.incarnation) ->
#endif
		node[n].remote = f.index;
		node[n].whom = f.incarnation;
		rise()
#ifndef BUG_RESP_NOT_COMPARED
	:: node[n].opening && node[n].index == f.peer && !may_pair && !node[n].asked &&
	   (!node[n].expected || node[n].expected == f.incarnation) && may_begin ->
		fall();
		begin(false);
		send_init()
#endif
	:: else
	fi
}

inline take_cookie()
{
	if
	:: node[n].opening && !node[n].asked && node[n].index == f.peer ->
		node[n].echo = f.cookie;
		send_init()
	:: else
	fi
}

inline take_data()
{
	if
	:: node[n].up && node[n].index == f.index
#ifdef BUG_DATA_NOT_COMPARED
	:: node[n].opening && node[n].remote -> rise()
#else
	:: node[n].opening && node[n].index == f.index && node[n].remote -> rise()
#endif
	:: else -> put(RESET, 0, f.index, 0, 0)
	fi
}

inline take_reset()
{
	if
#ifdef BUG_RESET_NOT_COMPARED
	:: node[n].up ->
#else
	:: node[n].up && node[n].remote == f.index ->
#endif
		assert(!both_have_it);
		fall()
	:: else
	fi
}

/* f comes in at @n. */
inline take()
{
	if
	:: f.whom && f.whom != node[n].incarnation
	:: else ->
		if
		:: f.kind == ANNOUNCE -> take_announce()
		:: f.kind == INIT -> take_init()
		:: f.kind == RESP -> take_resp()
		:: f.kind == COOKIE -> take_cookie()
		:: f.kind == DATA -> take_data()
		:: f.kind == RESET -> take_reset()
		fi
	fi;
	clear(f);
	assert(!(node[0].up && node[1].up) ||
	       (node[0].remote == node[1].index) == (node[1].remote == node[0].index));
	n = 0
}

/*
 * In time.  An opening expires; when it is calm, every sixth time.  A node announces itself, or asks
 * unasked, as it does when a link died.
 */
inline tick()
{
	if
	:: node[n].up -> put(DATA, 0, node[n].remote, 0, 0)
	:: node[n].opening && calm && round % 12 > 9 -> fall()
	:: node[n].opening && !(calm && round % 12 > 9) && node[n].asked
	:: node[n].opening && !(calm && round % 12 > 9) && !node[n].asked -> send_init()
	:: !node[n].up && !node[n].opening && !begins -> put(ANNOUNCE, 0, 0, 0, 0)
	:: !node[n].up && !node[n].opening && begins ->
		begin(false);
		send_init()
	fi;
	begins = false;
	n = 0
}

inline crash(who)
{
	crashes++;
	fall();
	node[n].incarnation = node[n].incarnation + 2;	/* odd or even, as it was */
	node[n].expected = 0;
	node[n].echo = 0;
	node[n].cookie = 0
}

/* The forger ---------------------------------------------------------------------------------- */

/* In the other's name to @who; all that is not secret is right. */
inline forge(who, what, as)
{
	forgeries++;
	n = 1 - who;
	f.kind = what;
	f.to = who;
	f.incarnation = as;
	if
	:: what == RESP || what == COOKIE -> f.whom = node[who].incarnation
	:: else
	fi;
	if
	:: what == INIT || what == RESP || what == DATA || what == RESET -> f.index = GUESS
	:: else
	fi;
	if
	:: what == RESP || what == COOKIE -> f.peer = GUESS
	:: else
	fi;
	if
	:: what == INIT || what == COOKIE -> f.cookie = GUESS
	:: else
	fi;
	n = who
}

/* All together -------------------------------------------------------------------------------- */

inline arrive(slot, keep)
{
	copy(f, wire[slot]);
	n = f.to;
	if
	:: keep -> doubled++
	:: else -> take_off(slot)
	fi
}

/* One of the two after the other, and all that comes of it. */
inline settle()
{
	calm = true;
	do
	:: round < 2 * ROUNDS || wire[0].kind != 0 ->
		if
		:: wire[0].kind != 0 -> arrive(0, false); take(); post()
		:: else -> n = round % 2; round++; tick(); post()
		fi
	:: else -> break
	od;
	assert(node[0].up && node[1].up);
	assert(node[0].remote == node[1].index && node[1].remote == node[0].index)
}

active proctype world()
{
	byte s;

	node[0].incarnation = 1;
	node[1].incarnation = 2;
	do
	:: atomic {
		if
		:: room -> select(n : 0 .. 1);
			if
			:: !node[n].asked -> d_step { tick() }
			:: !node[n].up && !node[n].opening && may_begin ->
				d_step { begins = true; tick() }
			:: else
			fi
		:: select(n : 0 .. 1);
			if
			:: node[n].opening -> d_step { fall() }
			:: node[n].up && silences < SILENCES -> d_step { silences++; fall() }
			:: node[n].cookie && last_cookie < COOKIES -> node[n].cookie = 0
			:: crashes < CRASHES -> d_step { crash(n) }
			:: else
			fi
		:: forgeries < FORGERIES ->
			select(s : 0 .. 1);
			if
			:: forge(s, ANNOUNCE, FORGED)
			:: forge(s, ANNOUNCE, node[1 - s].incarnation)
			:: forge(s, INIT, FORGED)
			:: forge(s, INIT, node[1 - s].incarnation)
			:: forge(s, RESP, node[1 - s].incarnation)
			:: forge(s, COOKIE, node[1 - s].incarnation)
			:: forge(s, DATA, 0)
			:: forge(s, RESET, 0)
			fi
		:: select(s : 0 .. SLOTS - 1);
			if
			:: wire[s].kind != 0 -> arrive(s, false)
			:: wire[s].kind != 0 && doubled < DOUBLED -> arrive(s, true)
			:: wire[s].kind != 0 -> d_step { take_off(s) }
			:: else
			fi
		fi;
		if
		:: f.kind != 0 -> d_step { take(); post() }
		:: g.kind != 0 -> d_step { post() }
		:: else
		fi;
		n = 0;
		s = 0 }
	:: atomic { settle() }; break
	od
}
