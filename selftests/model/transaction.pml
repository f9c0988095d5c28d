/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - one client and one server on a link: attach, transaction, acknowledgment, cancel, tomb
 *
 * protocol.rst sections 4 and 5, scaled down: frames are lost, doubled and overtake each other,
 * links die at one end before the other, channels are destroyed.  One process takes one step after
 * the other; what may happen at any time is a choice of the main loop.  At any moment the wire may
 * become calm; then every call must end, and nothing be left to send.
 *
 * BUG_... leave out a part of the protocol: each must break an assertion (run.sh).
 */
#ifndef REQUESTS
#define REQUESTS	2	/* that the client makes */
#endif
#ifndef SESSIONS
#define SESSIONS	1
#endif
#ifndef CHANNELS
#define CHANNELS	1	/* one after the other, under the same number */
#endif
#ifndef CANCELS
#define CANCELS		0
#endif
#ifndef NUMBERS
#define NUMBERS		5	/* of a node's frames in a session, before the calm */
#endif
#ifndef COPIES
#define COPIES		2	/* frames that a segment goes out in, before the calm */
#endif
#ifndef DOUBLED
#define DOUBLED		0	/* frames that the wire doubles */
#endif
#ifndef SLOTS
#define SLOTS		2	/* frames on the wire */
#endif
#ifndef UNBLOCK
#define UNBLOCK		0	/* the channel's flag */
#endif
#ifndef TWICE
#define TWICE		0	/* is a call that was cancelled killed, too? */
#endif
#ifndef REFUSALS
#define REFUSALS	0	/* frames that a node has no memory for */
#endif
#ifndef BUSIES
#define BUSIES		0	/* requests that the server's node has no room for */
#endif
#ifndef DETACHES
#define DETACHES	0
#endif
#define WINDOW		2	/* numbers remembered at least; 1024 in life */
#define XIDS		5
#define HANDLES		(1 + DETACHES + CHANNELS * SESSIONS)
#define ROUNDS		5	/* in which all is over when it is calm */

#define CLIENT		0
#define SERVER		1

/* segments; ERROR's are three, ATTACHED and REPLY carry what they say in value */
mtype = { ATTACH, SEND, CANCEL, DETACH, ATTACHED, REPLY, CANCELLED, GONE, BUSY, STAY };
/* client: idle, opening, sent, cancelling; server: none, message, answered, tomb */
mtype = { idle, attaching, sent, cancelling, staying };
mtype = { none, queued, received, answered, tomb };
mtype = { unknown, ok, eintr, ebadf, ehostdown, killed };

typedef segment {
	bool busy;
	mtype kind;
	byte xid;
	byte request;
	byte value;
	int numbers;		/* of the frames it went out in: a bit for each */
}

typedef frame {
	bool used;
	byte to;
	byte session;
	byte number;
	int acks;
	bool loaded;		/* with a segment */
	mtype kind;
	byte xid;
	byte request;
	byte value;
}

typedef end {
	byte session;		/* 0: down */
	byte next;		/* number */
	int taken;		/* bits of the numbers taken */
	byte largest;
	byte low;		/* all below were taken or are too old */
	byte frontier;		/* largest that came, taken or not */
	bool owed;		/* an acknowledgment */
	segment out[XIDS + 1];	/* client: see below; server: one for each xid, STAY last */
}

#define ASKED		0	/* in the client's .out */
#define CANCELED	1
#define KILLED		2
#define DETACHED	3
#define STAYED		XIDS	/* in the server's */

end node[2];
frame wire[SLOTS];
byte sessions;
byte doubled;

/* client */
mtype call = idle;
byte xid;		/* the last one's */
byte request;		/* the last one's */
byte handle;		/* 0: not attached */
byte cancels;
byte detaches;
mtype result[REQUESTS + 1] = unknown;

/* server */
mtype record[XIDS] = none;
byte of_request[XIDS];
byte mark[XIDS];
byte channel = 1;	/* which of those that had the number */
byte of_channel[HANDLES + 1];	/* 0: the handle names nothing */
byte handles;
byte attachments;
byte runs[REQUESTS + 1];
bool replied[REQUESTS + 1];

/* scratch; the same between steps, lest states differ by it */
byte i;
byte j;
bool fresh;
bool refusing;		/* what comes */
bool crammed;
byte refusals;
byte busies;
frame f;

#define passed(m)	(node[SERVER].low > (m))
#define bit(n)		(1 << (n))

/* Sending ------------------------------------------------------------------------------------- */

inline queue(n, at, seg_kind, seg_xid, seg_request, seg_value)
{
	node[n].out[at].busy = true;
	node[n].out[at].kind = seg_kind;
	node[n].out[at].xid = seg_xid;
	node[n].out[at].request = seg_request;
	node[n].out[at].value = seg_value;
	node[n].out[at].numbers = 0;
}

inline forget(n, at)
{
	node[n].out[at].busy = false;
	node[n].out[at].kind = 0;
	node[n].out[at].xid = 0;
	node[n].out[at].request = 0;
	node[n].out[at].value = 0;
	node[n].out[at].numbers = 0;
}

inline head(n)
{
	f.used = true;
	f.to = 1 - n;
	f.session = node[n].session;
	f.number = node[n].next;
	f.acks = node[n].taken;
	node[n].next++;
	node[n].owed = false;
}

inline bare(n)
{
	head(n);
	f.loaded = false;
	f.kind = 0;
	f.xid = 0;
	f.request = 0;
	f.value = 0;
}

/* The segment again, in a new frame. */
inline transmit(n, at)
{
	node[n].out[at].numbers = node[n].out[at].numbers | bit(node[n].next);
	head(n);
	f.loaded = true;
	f.kind = node[n].out[at].kind;
	f.xid = node[n].out[at].xid;
	f.request = node[n].out[at].request;
	f.value = node[n].out[at].value;
}

inline copy(target, source)
{
	target.used = source.used;
	target.to = source.to;
	target.session = source.session;
	target.number = source.number;
	target.acks = source.acks;
	target.loaded = source.loaded;
	target.kind = source.kind;
	target.xid = source.xid;
	target.request = source.request;
	target.value = source.value;
}

inline clear(frame_)
{
	frame_.used = false;
	frame_.to = 0;
	frame_.session = 0;
	frame_.number = 0;
	frame_.acks = 0;
	frame_.loaded = false;
	frame_.kind = 0;
	frame_.xid = 0;
	frame_.request = 0;
	frame_.value = 0;
}

/* Frames lie there in order, lest the same ones make several states. */
inline put_on_wire()
{
	j = SLOTS - 1;
	do
	:: j > 0 && (!wire[j - 1].used || wire[j - 1].number > f.number ||
		     (wire[j - 1].number == f.number && wire[j - 1].to > f.to)) ->
		copy(wire[j], wire[j - 1]);
		j--
	:: else -> break
	od;
	copy(wire[j], f);
	j = 0;
	clear(f)
}

inline take_off_wire(slot)
{
	j = slot;
	do
	:: j < SLOTS - 1 -> copy(wire[j], wire[j + 1]); j++
	:: else -> break
	od;
	clear(wire[j]);
	j = 0
}

/* The client's node --------------------------------------------------------------------------- */

/* The call is over; no copy of it goes out after this. */
inline finish(how)
{
	result[request] = how;
	call = idle;
	forget(CLIENT, ASKED)
}

inline attached(value_)
{
	handle = value_;
	request++;
	xid++;
	queue(CLIENT, ASKED, SEND, xid, request, handle);
	call = sent
}

inline client_takes()
{
	if
	:: f.xid != xid || call == idle		/* of a call that is no more */
	:: else ->
		if
		:: f.kind == ATTACHED && call == attaching -> attached(f.value)
		:: f.kind == REPLY && call != attaching ->
			assert(f.request == request);	/* never another's */
			assert(runs[request] == 1 && replied[request]);
			finish(ok)
		:: f.kind == GONE ->
			assert(channel > 1);	/* nothing else ends an attachment in use */
			handle = 0;
			finish(ebadf)
		:: f.kind == CANCELLED && call != attaching ->
			assert(!replied[request]);	/* a reply that crosses wins */
			finish(eintr)
		:: f.kind == STAY && call == cancelling -> call = staying
#if BUSIES && !defined(BUG_BUSY_NOT_RESENT)
		:: f.kind == BUSY && call != attaching && !node[CLIENT].out[ASKED].busy ->
			queue(CLIENT, ASKED, SEND, xid, request, handle)
#endif
		:: else
		fi
	fi
}

/* The server's node --------------------------------------------------------------------------- */

inline answer(its_xid, how, with)
{
	record[its_xid] = answered;
	queue(SERVER, its_xid, how, its_xid, of_request[its_xid], with)
}

#ifdef BUG_CANCEL_BEATS_REPLY
#define loses_to_cancel(x) (record[x] == answered && node[SERVER].out[x].kind == REPLY)
#else
#define loses_to_cancel(x) false
#endif

/* What was answered for long enough is forgotten. */
inline expire()
{
	j = 0;
	do
	:: j < XIDS ->
		if
		:: record[j] == tomb && passed(mark[j]) ->
			record[j] = none;
			of_request[j] = 0;
			mark[j] = 0
		:: else
		fi;
		j++
	:: else -> break
	od;
	j = 0
}

inline server_takes()
{
	expire();
	if
	:: f.kind == ATTACH && record[f.xid] == none ->
		attachments++;
		assert(attachments <= channel + detaches);
		handles++;
		of_channel[handles] = channel;
		answer(f.xid, ATTACHED, handles)
#if BUSIES
	:: f.kind == SEND && record[f.xid] == none && crammed ->
#ifdef BUG_BUSY_REMEMBERED
		record[f.xid] = tomb;
		mark[f.xid] = node[SERVER].frontier;
#endif
		/* nothing is kept of it */
		queue(SERVER, f.xid, BUSY, f.xid, f.request, 0)
#endif
	:: f.kind == SEND && record[f.xid] == none && !crammed ->
		of_request[f.xid] = f.request;
#ifdef BUG_HANDLE_NOT_COMPARED
		record[f.xid] = queued;
		mark[f.xid] = of_channel[f.value]
#else
		if
		:: of_channel[f.value] != channel -> answer(f.xid, GONE, 0)
		:: else ->
			record[f.xid] = queued;
			mark[f.xid] = of_channel[f.value]	/* until it is a tomb */
		fi
#endif
#if DETACHES
	:: f.kind == DETACH ->
#ifdef BUG_DETACH_THE_LATEST
		of_channel[handles] = 0
#else
		of_channel[f.value] = 0
#endif
#endif
	:: f.kind == CANCEL ->
		if
#ifndef BUG_CANCEL_NOT_REMEMBERED
		:: record[f.xid] == none ->
			of_request[f.xid] = f.request;
			answer(f.xid, CANCELLED, 0)
#else
		:: record[f.xid] == none && !node[SERVER].out[STAYED].busy ->
			queue(SERVER, STAYED, CANCELLED, f.xid, f.request, 0)
#endif
		:: record[f.xid] == queued || loses_to_cancel(f.xid) -> answer(f.xid, CANCELLED, 0)
		:: record[f.xid] == received ->
			if
			:: UNBLOCK && !f.value ->
				queue(SERVER, STAYED, STAY, f.xid, f.request, 0)
			:: else -> answer(f.xid, CANCELLED, 0)
			fi
		:: else
		fi
	:: else
	fi
}

inline serve_receive(x)
{
	record[x] = received;
	runs[of_request[x]]++;
	assert(runs[of_request[x]] <= 1);	/* at most once */
	assert(mark[x] == channel)		/* and where it was meant to */
}

inline serve_reply(x)
{
	replied[of_request[x]] = true;
	answer(x, REPLY, 0)
}

/* The link ------------------------------------------------------------------------------------ */

/* The server's answer was acknowledged: what is left of the transaction. */
inline bury(x)
{
#ifdef BUG_TOMB_DROPPED_AT_ACK
	record[x] = none;
	of_request[x] = 0;
	mark[x] = 0
#else
	record[x] = tomb;
	mark[x] = node[SERVER].frontier
#endif
}

inline acknowledged(n)
{
	j = 0;
	do
	:: j <= XIDS ->
		if
		:: node[n].out[j].busy && (node[n].out[j].numbers & f.acks) ->
			if
			:: n == SERVER && j != STAYED && node[n].out[j].kind != BUSY -> bury(j)
			:: else
			fi;
			forget(n, j)
		:: else
		fi;
		j++
	:: else -> break
	od;
	j = 0
}

inline advance(n)
{
	if
	:: node[n].low + WINDOW <= node[n].largest ->
		node[n].low = node[n].largest - WINDOW + 1
	:: else
	fi;
	do
	:: node[n].low <= node[n].largest && (node[n].taken & bit(node[n].low)) -> node[n].low++
	:: else -> break
	od
}

/* f comes in at @n. */
inline receive(n)
{
	if
#ifdef BUG_SESSION_NOT_COMPARED
	:: node[n].session == 0
#else
	:: node[n].session != f.session		/* its index is not known */
#endif
	:: else ->
		if
		:: f.number > node[n].frontier -> node[n].frontier = f.number
		:: else
		fi;
		acknowledged(n);
		fresh = f.number > node[n].largest ||
			(f.number + WINDOW > node[n].largest && !(node[n].taken & bit(f.number)));
#ifdef BUG_OLD_IS_NEW
		fresh = !(node[n].taken & bit(f.number));
#endif
#ifdef BUG_DUPLICATE_TAKEN
		fresh = true;
#endif
#if REFUSALS
		if
#ifdef BUG_REFUSED_IS_TAKEN
		:: fresh && refusing -> f.loaded = false
#else
		:: fresh && refusing ->		/* answered all the same */
			node[n].owed = true;
			fresh = false
#endif
		:: else
		fi;
#endif
		if
		:: fresh ->
			if
			:: f.loaded && n == CLIENT -> client_takes()
			:: f.loaded && n == SERVER -> server_takes()
			:: else
			fi;
			node[n].taken = node[n].taken | bit(f.number);
			if
			:: f.number > node[n].largest -> node[n].largest = f.number
			:: else
			fi;
			advance(n);
			node[n].owed = node[n].owed || f.loaded
		:: else
		fi;
		fresh = false
	fi;
	clear(f)
}

inline open()
{
	sessions++;
	i = 0;
	do
	:: i < 2 ->
		node[i].session = sessions;
		node[i].next = 1;
		node[i].taken = 0;
		node[i].largest = 0;
		node[i].low = 1;
		node[i].frontier = 0;
		node[i].owed = false;
		i++
	:: else -> break
	od;
	i = 0;
	xid = 0
}

/* The link dies at this end; the other learns of it later. */
inline die(n)
{
	node[n].session = 0;
	node[n].next = 0;
	node[n].taken = 0;
	node[n].largest = 0;
	node[n].low = 0;
	node[n].frontier = 0;
	node[n].owed = false;
	j = 0;
	do
	:: j <= XIDS ->
		forget(n, j);
		if
		:: n == SERVER && j < XIDS ->
			record[j] = none;
			of_request[j] = 0;
			mark[j] = 0
		:: else
		fi;
		j++
	:: else -> break
	od;
	j = 0;
	if
	:: n == SERVER ->
		attachments = 0;
		detaches = 0;
		j = 0;
		do
		:: j <= HANDLES -> of_channel[j] = 0; j++
		:: else -> break
		od;
		j = 0
	:: n == CLIENT && call == attaching ->
		call = idle;
		handle = 0
	:: n == CLIENT && call != attaching ->
		if
		:: call != idle -> finish(ehostdown)
		:: else
		fi;
		handle = 0
	fi
}

/* What was meant for a channel that is no more is answered by an error. */
inline destroy_channel()
{
	channel++;
	j = 0;
	do
	:: j < XIDS ->
		if
		:: record[j] == queued || record[j] == received -> answer(j, GONE, 0)
		:: else
		fi;
		j++
	:: else -> break
	od;
	j = 0
}

/* The client's thread --------------------------------------------------------------------------- */

inline begin()
{
	xid++;
	if
	:: handle == 0 ->
		queue(CLIENT, ASKED, ATTACH, xid, 0, 0);
		call = attaching
	:: else ->
		request++;
		queue(CLIENT, ASKED, SEND, xid, request, handle);
		call = sent
	fi
}

inline cancel(kill)
{
	cancels++;
	queue(CLIENT, CANCELED, CANCEL, xid, request, kill);
	if
	:: kill -> finish(killed)
	:: else -> call = cancelling
	fi
}

/* What the first CANCEL did not end is killed; both are on their way. */
inline cancel_again()
{
	cancels++;
	queue(CLIENT, KILLED, CANCEL, xid, request, 1);
	finish(killed)
}

inline detach()
{
	detaches++;
	queue(CLIENT, DETACHED, DETACH, 0, 0, handle);
	handle = 0
}

/* Calm: no loss, no copies, no more calls; everybody does what is to be done. --------------------- */

#define TURN		(2 * XIDS + 5)	/* what is to be done in a round, one after the other */
#define TAIL		(WINDOW + 1)	/* frames after which no transaction is remembered */

/* Work @step of a round; f is the frame that goes now. */
inline settle(step)
{
	if
	:: step <= XIDS && node[CLIENT].session && node[CLIENT].out[step].busy ->
		transmit(CLIENT, step)
	:: step == XIDS + 1 && node[CLIENT].session && node[CLIENT].owed -> bare(CLIENT)
	:: step == XIDS + 2 ->
		j = 0;
		do
		:: j < XIDS ->
			if
			:: record[j] == queued -> serve_receive(j)
			:: else
			fi;
			if
			:: record[j] == received -> serve_reply(j)
			:: else
			fi;
			j++
		:: else -> break
		od;
		j = 0
	:: step > XIDS + 2 && step < TURN - 1 && node[SERVER].session &&
	   node[SERVER].out[step - XIDS - 3].busy ->
		transmit(SERVER, step - XIDS - 3)
	:: step == TURN - 1 && node[SERVER].session && node[SERVER].owed -> bare(SERVER)
	:: else
	fi
}

inline calm()
{
	byte step;

	if
	:: node[CLIENT].session != node[SERVER].session ->
		if	/* who thinks that the link lives hears that it does not */
		:: node[CLIENT].session -> die(CLIENT)
		:: else
		fi;
		if
		:: node[SERVER].session -> die(SERVER)
		:: else
		fi
	:: else
	fi;
	i = 0;
	do
	:: i < SLOTS + ROUNDS * TURN + TAIL ->
		if
		:: i < SLOTS && wire[i].used ->
			copy(f, wire[i]);
			clear(wire[i])
		:: i >= SLOTS && i < SLOTS + ROUNDS * TURN ->
			step = (i - SLOTS) % TURN;
			settle(step)
		:: i >= SLOTS + ROUNDS * TURN && node[CLIENT].session -> bare(CLIENT)
		:: else
		fi;
		if
		:: f.used -> receive(f.to)
		:: else
		fi;
		i++
	:: else -> break
	od;
	step = 0;

	assert(call == idle);
	i = 0;
	do
	:: i <= XIDS ->
		assert(!node[CLIENT].out[i].busy && !node[SERVER].out[i].busy);
		i++
	:: else -> break
	od;
	if
	:: node[CLIENT].session ->
		expire();
		i = 0;
		do
		:: i < XIDS -> assert(record[i] == none); i++
		:: else -> break
		od;
		/* nor any attachment but the one that is used, or whose channel is gone */
		i = 1;
		do
		:: i <= HANDLES ->
			assert(i == handle || of_channel[i] == 0 || of_channel[i] != channel);
			i++
		:: else -> break
		od
	:: else
	fi;
	i = 0
}

/* ------------------------------------------------------------------------------------------------- */

#define room		(!wire[SLOTS - 1].used)
#define may_send(n)	(node[n].session && node[n].next <= NUMBERS)
#define once_more(n, at) (may_send(n) && node[n].out[at].busy && \
			  node[n].out[at].numbers < bit(node[n].next) && copies(n, at) < COPIES)
/* bits in a mask of at most eight */
#define bits4(m)	((m) % 2 + (m) / 2 % 2 + (m) / 4 % 2 + (m) / 8 % 2)
#define copies(n, at)	(bits4(node[n].out[at].numbers) + bits4(node[n].out[at].numbers / 16))

inline arrive(slot, keep)
{
	copy(f, wire[slot]);
	if
	:: keep -> doubled++
	:: else -> take_off_wire(slot)
	fi;
	receive(f.to)
}

inline leave()
{
	if
	:: room -> d_step { put_on_wire() }
	:: d_step { true -> clear(f) }
	fi
}

active proctype world()
{
	byte s;

	d_step { open() }
	do
	/* the programs */
	:: d_step { call == idle && node[CLIENT].session && request < REQUESTS &&
		    xid + 2 < XIDS -> begin() }
	:: d_step { (call == sent) && cancels < CANCELS &&
		    !node[CLIENT].out[CANCELED].busy -> cancel(0) }
	:: d_step { (call == sent || call == staying) && cancels < CANCELS &&
		    !node[CLIENT].out[CANCELED].busy -> cancel(1) }
	:: d_step { TWICE && call == cancelling && cancels < CANCELS -> cancel_again() }
	:: d_step { detaches < DETACHES && call == idle && handle && node[CLIENT].session &&
		    !node[CLIENT].out[DETACHED].busy -> detach() }
	:: atomic {
		select(s : 0 .. XIDS - 1);
		if
		:: d_step { record[s] == queued -> serve_receive(s) }
		:: d_step { record[s] == received -> serve_reply(s) }
		:: else
		fi;
		s = 0 }
	:: d_step { channel < CHANNELS -> destroy_channel() }
	/* the links; what is lost is lost at once */
	:: once_more(CLIENT, ASKED) -> atomic { transmit(CLIENT, ASKED); leave() }
	:: once_more(CLIENT, CANCELED) -> atomic { transmit(CLIENT, CANCELED); leave() }
	:: TWICE && once_more(CLIENT, KILLED) -> atomic { transmit(CLIENT, KILLED); leave() }
	:: DETACHES && once_more(CLIENT, DETACHED) -> atomic { transmit(CLIENT, DETACHED); leave() }
	:: atomic {
		select(s : 0 .. XIDS);
		if
		:: once_more(SERVER, s) -> transmit(SERVER, s); leave()
		:: else
		fi;
		s = 0 }
	:: may_send(CLIENT) && node[CLIENT].owed -> atomic { bare(CLIENT); leave() }
	:: may_send(SERVER) && node[SERVER].owed -> atomic { bare(SERVER); leave() }
	:: d_step { sessions < SESSIONS && node[CLIENT].session -> die(CLIENT) }
	:: d_step { sessions < SESSIONS && node[SERVER].session -> die(SERVER) }
	:: d_step { sessions < SESSIONS && !node[CLIENT].session && !node[SERVER].session ->
		    open() }
	/* the wire */
	:: atomic {
		select(s : 0 .. SLOTS - 1);
		if
		:: d_step { wire[s].used -> arrive(s, false) }
		:: d_step { wire[s].used && doubled < DOUBLED -> arrive(s, true) }
		:: d_step { wire[s].used && wire[s].loaded && refusals < REFUSALS ->
			    refusals++; refusing = true; arrive(s, false); refusing = false }
		:: d_step { wire[s].used && wire[s].kind == SEND && busies < BUSIES ->
			    busies++; crammed = true; arrive(s, false); crammed = false }
		:: else
		fi;
		s = 0 }
	:: d_step { calm() }; break
	od
}
