package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/anishathalye/porcupine"
)

// The sequential specification of one prescription, written from what the network promises its
// callers and not from the registry's code: at most one holder, what remains per line, cancelled
// or not, complete or not.
//
// Log time: every answer tells the append time of its record, so the end of a hold is compared
// with that, exactly and without any clock of a caller. Where a time is not known (an operation
// that was never answered, a hold granted to such a one) both are allowed: the hold has ended, or
// it has not. A look-up tells the moment it speaks of and changes nothing.

type line struct {
	name                  string
	prescribed, dispensed int64
}

func (l line) remaining() int64 {
	return max(l.prescribed-l.dispensed, 0)
}

type sale struct {
	event, pharmacy   string
	also              string // event id of its last repeat under the same receipt
	lines             quantities
	counted, reversed bool
}

type cancellation int

const (
	notCancelled cancellation = iota
	pending
	cancelled
)

type state struct {
	issued       bool
	issuer       string
	validUntil   int64
	lines        []line
	holder       string
	until        int64
	cancellation cancellation
	early        []string // clinics that cancelled before it was issued
	sales        []sale
}

func (s state) complete() bool {
	for _, one := range s.lines {
		if one.remaining() > 0 {
			return false
		}
	}
	return len(s.lines) > 0
}

func (s state) dispensedAtAll() bool {
	return slices.ContainsFunc(s.sales, func(one sale) bool { return !one.reversed })
}

// remaining is what an answer tells; a look-up tells it of a cancelled prescription too.
func (s state) remaining(evenCancelled bool) quantities {
	var left quantities
	for _, one := range s.lines {
		amount := one.remaining()
		if s.cancellation == cancelled && !evenCancelled {
			amount = 0
		}
		left = append(left, quantity{one.name, amount})
	}
	return left
}

// freed is the state after a hold ended: a cancellation that waited for it applies.
func (s state) freed() state {
	s.holder, s.until = "", 0
	return s.settled()
}

// settled applies a cancellation that waits, unless somebody holds the prescription or all of it
// is handed over.
func (s state) settled() state {
	if s.cancellation == pending && s.holder == "" && !s.complete() {
		s.cancellation = cancelled
	}
	return s
}

// atTime is what the state may be at a moment of log time.
func (s state) atTime(at int64) []state {
	switch {
	case s.holder == "":
		return []state{s}
	case at == unknownTime || s.until == unknownTime:
		return []state{s, s.freed()}
	case at >= s.until:
		return []state{s.freed()}
	}
	return []state{s}
}

func (s state) counting(given quantities, sign int64) state {
	s.lines = slices.Clone(s.lines)
	for _, one := range given {
		for i := range s.lines {
			if s.lines[i].name == one.line {
				s.lines[i].dispensed += sign * one.amount
			}
		}
	}
	return s
}

func equal(a, b state) bool {
	return a.issued == b.issued && a.issuer == b.issuer && a.validUntil == b.validUntil &&
		a.holder == b.holder && a.until == b.until && a.cancellation == b.cancellation &&
		slices.Equal(a.early, b.early) && slices.Equal(a.lines, b.lines) &&
		slices.EqualFunc(a.sales, b.sales, func(x, y sale) bool {
			return x.event == y.event && x.also == y.also && x.pharmacy == y.pharmacy &&
				x.counted == y.counted && x.reversed == y.reversed && slices.Equal(x.lines, y.lines)
		})
}

// step gives every state an operation may lead to; none when it cannot have been answered so.
func step(before state, op operation) []state {
	var after []state
	for _, now := range before.atTime(op.at) {
		switch {
		case op.kind == "lookup":
			if !op.answered || shows(now, op) {
				after = append(after, before)
			}
		case !op.answered:
			after = append(after, effects(now, op)...)
		case op.accepted:
			if next, possible := accepted(now, op); possible && tells(next, op) {
				after = append(after, next)
			}
		case refusable(now, op) && slices.Equal(now.remaining(false), op.remaining):
			after = append(after, now)
		}
	}
	return after
}

// tells is whether an answer's words fit the state it left.
func tells(after state, op operation) bool {
	return after.holder == op.holder && slices.Equal(after.remaining(false), op.remaining)
}

func shows(now state, op operation) bool {
	if op.result == "missing" {
		return !now.issued
	}
	isCancelled := op.result == "cancelled" || op.result == "replaced"
	return now.issued == (op.result != "not-issued") && now.holder == op.holder &&
		(now.cancellation == cancelled) == isCancelled &&
		slices.Equal(now.remaining(true), op.remaining)
}

func describeState(s state) string {
	if !s.issued && len(s.sales) == 0 && len(s.early) == 0 {
		return "nothing"
	}
	words := []string{"left " + s.remaining(false).String()}
	if !s.issued {
		words = []string{"not issued"}
	}
	if s.holder != "" {
		words = append(words, "held by "+s.holder)
	}
	if s.cancellation == pending {
		words = append(words, "cancellation waits")
	}
	if s.cancellation == cancelled {
		words = append(words, "cancelled")
	}
	return strings.Join(words, ", ")
}

func describeOperation(op operation) string {
	asked := op.kind
	if len(op.lines) > 0 {
		asked += " " + op.lines.String()
	}
	if !op.answered {
		return fmt.Sprintf("%s by %s -> never answered", asked, op.client)
	}
	told := op.result
	if op.holder != "" {
		told += ", held by " + op.holder
	}
	if len(op.remaining) > 0 {
		told += ", left " + op.remaining.String()
	}
	return fmt.Sprintf("%s by %s -> %s", asked, op.client, told)
}

func model() porcupine.Model {
	m := porcupine.NondeterministicModel{
		Init: func() []interface{} { return []interface{}{state{}} },
		Step: func(before, input, _ interface{}) []interface{} {
			var found []interface{}
			for _, one := range step(before.(state), input.(operation)) {
				found = append(found, one)
			}
			return found
		},
		Equal:             func(a, b interface{}) bool { return equal(a.(state), b.(state)) },
		DescribeOperation: func(in, _ interface{}) string { return describeOperation(in.(operation)) },
		DescribeState:     func(s interface{}) string { return describeState(s.(state)) },
	}
	return m.ToModel()
}
