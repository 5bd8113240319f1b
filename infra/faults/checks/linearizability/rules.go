package main

import "slices"

// What may be accepted, what may be refused, and what an operation does.

var acceptedResults = map[string][]string{
	"issue":    {"issued", "cancelled-before-issue"},
	"cancel":   {"cancelled", "cancel-pending", "cancel-before-issue", "already-cancelled"},
	"reserve":  {"granted", "already-held"},
	"release":  {"released", "already-free"},
	"dispense": {"dispensed", "counted-before"},
	"reverse":  {"reversed", "already-reversed"},
}

// accepted is the state after an operation that was answered yes, and whether it could be.
func accepted(s state, op operation) (state, bool) {
	mine := s.holder != "" && s.holder == op.facility
	switch op.result {
	case "issued", "cancelled-before-issue":
		next := issued(s, op)
		return next, !s.issued && (next.cancellation == cancelled) == (op.result != "issued")
	case "cancelled":
		return cancelling(s, cancelled), s.issued && s.holder == "" && !s.dispensedAtAll()
	case "cancel-pending":
		return cancelling(s, pending), s.issued && s.holder != "" && !s.dispensedAtAll()
	case "cancel-before-issue":
		return cancelledEarly(s, op), !s.issued
	case "already-cancelled":
		return s, s.cancellation == cancelled
	case "granted":
		next := s
		next.holder, next.until = op.facility, op.heldUntil
		inTime := s.validUntil == unknownTime || op.at == unknownTime || op.at < s.validUntil
		return next, grantable(s) && inTime
	case "already-held":
		return s, mine
	case "released":
		return s.freed(), mine
	case "already-free":
		return s, s.holder == ""
	case "dispensed":
		next := dispensed(s, op)
		if next.holder != "" && op.heldUntil != unknownTime && next.until != unknownTime {
			next.until = max(next.until, op.heldUntil) // what is owed lengthens the hold
		}
		return next, true
	case "counted-before":
		same := sameSale(s, op)
		return sentAgain(s, op, same), same >= 0
	case "reversed":
		named := namedSale(s, op)
		return reversed(s, named), named >= 0 && !s.sales[named].reversed
	case "already-reversed":
		named := namedSale(s, op)
		return s, named >= 0 && s.sales[named].reversed
	}
	return s, false
}

// refusable is whether there is a ground for the refusal. Grounds outside this model (validity in
// time, claims, licences) are taken at their word: a refusal changes nothing.
func refusable(s state, op operation) bool {
	switch op.result {
	case "code-taken":
		return s.issued
	case "unknown-prescription":
		return !s.issued
	case "nothing-remaining":
		return s.complete()
	case "reserved-elsewhere", "not-the-holder":
		return s.holder != "" && s.holder != op.facility
	case "cancelled", "replaced":
		return s.cancellation == cancelled
	case "already-dispensed":
		return s.dispensedAtAll()
	case "held-by-pharmacy":
		return s.holder != ""
	case "no-such-dispense":
		return namedSale(s, op) < 0
	case "expired":
		return s.validUntil == unknownTime || op.at == unknownTime || op.at >= s.validUntil
	}
	return true
}

// effects are what an operation may have done whose answer nobody knows: what it asks for, where
// that may be.
func effects(s state, op operation) []state {
	switch op.kind {
	case "issue":
		if !s.issued {
			return []state{issued(s, op)}
		}
	case "cancel":
		return []state{cancelAsAsked(s, op)}
	case "reserve":
		if grantable(s) {
			s.holder, s.until = op.facility, unknownTime
		}
	case "release":
		if s.holder != "" && s.holder == op.facility {
			return []state{s.freed()}
		}
	case "dispense":
		if same := sameSale(s, op); same >= 0 { // its receipt is not known here: both may be
			return []state{dispensed(s, op), sentAgain(s, op, same)}
		}
		return []state{dispensed(s, op)}
	case "reverse":
		if named := namedSale(s, op); named >= 0 && !s.sales[named].reversed {
			return []state{s, reversed(s, named)} // a claim may stand in its way
		}
	}
	return []state{s}
}

func grantable(s state) bool {
	return s.issued && s.cancellation != cancelled && !s.complete() && s.holder == ""
}

func issued(s state, op operation) state {
	s.issued, s.issuer, s.validUntil = true, op.facility, op.validUntil
	s.lines = nil
	for _, one := range op.lines {
		s.lines = append(s.lines, line{one.line, one.amount, 0})
	}
	if slices.Contains(s.early, op.facility) {
		s.cancellation = pending
	}
	s.early = nil
	s = s.settled()
	s.sales = slices.Clone(s.sales)
	for i, one := range s.sales {
		if !one.counted && !one.reversed {
			s = s.counting(one.lines, 1)
		}
		s.sales[i].counted = true
	}
	return s
}

func cancelling(s state, to cancellation) state {
	if s.cancellation == notCancelled {
		s.cancellation = to
	}
	return s
}

func cancelledEarly(s state, op operation) state {
	if !slices.Contains(s.early, op.facility) {
		s.early = append(slices.Clone(s.early), op.facility)
		slices.Sort(s.early)
	}
	return s
}

func cancelAsAsked(s state, op operation) state {
	switch {
	case s.issued && s.issuer != op.facility, s.dispensedAtAll():
		return s
	case !s.issued:
		return cancelledEarly(s, op)
	case s.holder != "":
		return cancelling(s, pending)
	}
	return cancelling(s, cancelled)
}

func dispensed(s state, op operation) state {
	s.sales = append(slices.Clone(s.sales), sale{
		event: op.event, pharmacy: op.facility, lines: op.lines, counted: s.issued,
	})
	if !s.issued {
		return s
	}
	s = s.counting(op.lines, 1)
	if s.complete() || op.releases && s.holder == op.facility {
		return s.freed()
	}
	return s
}

// sameSale is the index of an open sale of the same quantities by the same pharmacy; -1 when there
// is none. Which receipt it had is not part of the history.
func sameSale(s state, op operation) int {
	return slices.IndexFunc(s.sales, func(one sale) bool {
		return !one.reversed && one.pharmacy == op.facility && slices.Equal(one.lines, op.lines)
	})
}

func sentAgain(s state, op operation, same int) state {
	if same < 0 {
		return s
	}
	s.sales = slices.Clone(s.sales)
	s.sales[same].also = op.event
	return s
}

// namedSale is the index of the sale a reversal means, the pharmacy's last open one when it names
// none; -1 when there is none.
func namedSale(s state, op operation) int {
	for i := len(s.sales) - 1; i >= 0; i-- {
		one := s.sales[i]
		if one.pharmacy != op.facility {
			continue
		}
		if op.names == "" && !one.reversed || op.names == one.event || op.names != "" && op.names == one.also {
			return i
		}
	}
	return -1
}

func reversed(s state, named int) state {
	if named < 0 {
		return s
	}
	s.sales = slices.Clone(s.sales)
	s.sales[named].reversed = true
	if s.sales[named].counted {
		return s.counting(s.sales[named].lines, -1).settled()
	}
	return s
}
