package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"sort"
	"strconv"
	"strings"
	"time"
)

// call is one line of the history; infra/faults/history.py is its definition.
type call struct {
	Client     string            `json:"client"`
	Operation  string            `json:"operation"`
	Code       string            `json:"code"`
	Key        string            `json:"key"`
	EventID    *string           `json:"event_id"`
	Body       string            `json:"body_sha256"`
	Facility   string            `json:"facility"`
	Lines      map[string]string `json:"lines"`
	Names      *string           `json:"names"`
	Releases   bool              `json:"releases"`
	CalledAt   float64           `json:"called_at"`
	ReturnedAt *float64          `json:"returned_at"`
	Outcome    string            `json:"outcome"`
	Result     string            `json:"result"`
	Holder     *string           `json:"holder"`
	HeldUntil  *string           `json:"held_until"`
	ValidUntil *string           `json:"valid_until"`
	Remaining  map[string]string `json:"remaining"`
	RecordedAt *string           `json:"recorded_at"`
}

const (
	unknownTime = int64(-1)
	never       = int64(math.MaxInt64)
	otherBody   = "same-id-other-content"
)

// operation is one submission with all its repeats, or one look-up. It took effect, if at all,
// between its first call and the first answer that told its verdict.
type operation struct {
	kind       string
	client     string
	code       string
	event      string
	facility   string
	lines      quantities
	names      string
	releases   bool
	answered   bool
	accepted   bool
	result     string
	holder     string
	heldUntil  int64
	validUntil int64
	remaining  quantities
	at         int64 // append time told, microseconds; of a look-up the moment it speaks of
	called     int64 // nanoseconds of the monotonic clock
	returned   int64
}

var modelled = map[string]bool{
	"issue": true, "cancel": true, "reserve": true, "release": true,
	"dispense": true, "reverse": true, "lookup": true,
}

// readHistory returns the operations on each prescription, and the submissions whose repeats were
// given different verdicts.
func readHistory(path string) (map[string][]operation, []string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	groups := map[string][]call{}
	var order []string
	lines := bufio.NewReaderSize(file, 1<<20)
	for number := 1; ; number++ {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			break // a last line without its end was torn by a kill
		}
		if err != nil {
			return nil, nil, err
		}
		var one call
		if err := json.Unmarshal(line, &one); err != nil {
			return nil, nil, fmt.Errorf("line %d: %w", number, err)
		}
		if !modelled[one.Operation] || one.Outcome == "failed" || one.Result == otherBody {
			continue
		}
		name := submission(one, number)
		if _, known := groups[name]; !known {
			order = append(order, name)
		}
		groups[name] = append(groups[name], one)
	}
	found := map[string][]operation{}
	var contradictions []string
	for _, name := range order {
		merged, contradiction, err := merge(groups[name])
		if err != nil {
			return nil, nil, err
		}
		if contradiction != "" {
			contradictions = append(contradictions, contradiction)
		}
		if merged.code != "" { // an issue nobody learned the code of touches nothing known
			found[merged.code] = append(found[merged.code], merged)
		}
	}
	return found, contradictions, nil
}

// submission names what a call is about. The code of a prescription that is being issued may only
// be known from the answer.
func submission(one call, number int) string {
	switch one.Operation {
	case "lookup":
		return "lookup " + strconv.Itoa(number)
	case "issue":
		return strings.Join([]string{one.Client, "issue", one.Key, one.Body}, "\x00")
	}
	return strings.Join([]string{one.Client, one.Operation, one.Code, one.Key, one.Body}, "\x00")
}

func merge(calls []call) (operation, string, error) {
	first := calls[0]
	merged := operation{
		kind: first.Operation, client: first.Client, facility: first.Facility,
		releases: first.Releases, returned: never, at: unknownTime,
		heldUntil: unknownTime, validUntil: unknownTime, called: never,
	}
	var err error
	if merged.lines, err = parseQuantities(first.Lines); err != nil {
		return merged, "", err
	}
	if first.Names != nil {
		merged.names = *first.Names
	}
	contradiction := ""
	for _, one := range calls {
		if one.Code != "" {
			merged.code = one.Code
		}
		if one.EventID != nil {
			merged.event = *one.EventID
		}
		merged.called = min(merged.called, nanoseconds(one.CalledAt))
		if one.Outcome != "ok" && one.Outcome != "refused" || one.ReturnedAt == nil {
			continue
		}
		merged.returned = min(merged.returned, nanoseconds(*one.ReturnedAt))
		if merged.answered {
			if merged.result != one.Result {
				contradiction = fmt.Sprintf("%s of %s by %s with key %s was answered %s and %s",
					one.Operation, one.Code, one.Client, one.Key, merged.result, one.Result)
			}
			continue
		}
		if err := merged.take(one); err != nil {
			return merged, "", err
		}
	}
	if merged.event == "" { // it names its sale even when nobody learned the id
		merged.event = strings.Join([]string{first.Client, first.Key}, " ")
	}
	return merged, contradiction, nil
}

func (op *operation) take(one call) (err error) {
	op.answered, op.accepted, op.result = true, one.Outcome == "ok", one.Result
	if one.Holder != nil {
		op.holder = *one.Holder
	}
	if op.remaining, err = parseQuantities(one.Remaining); err != nil {
		return err
	}
	for _, field := range []struct {
		text *string
		into *int64
	}{
		{one.HeldUntil, &op.heldUntil},
		{one.ValidUntil, &op.validUntil},
		{one.RecordedAt, &op.at},
	} {
		if field.text == nil {
			continue
		}
		moment, err := time.Parse(time.RFC3339Nano, *field.text)
		if err != nil {
			return err
		}
		*field.into = moment.UnixMicro()
	}
	return nil
}

func nanoseconds(seconds float64) int64 {
	return int64(seconds * 1e9)
}

// quantity is of one line, in thousandths of its unit.
type quantity struct {
	line   string
	amount int64
}

type quantities []quantity

func parseQuantities(texts map[string]string) (quantities, error) {
	var found quantities
	for line, text := range texts {
		amount, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, err
		}
		found = append(found, quantity{line, int64(math.Round(amount * 1000))})
	}
	sort.Slice(found, func(i, j int) bool { return found[i].line < found[j].line })
	return found, nil
}

func (q quantities) String() string {
	texts := make([]string, 0, len(q))
	for _, one := range q {
		texts = append(texts, fmt.Sprintf("%s:%g", one.line, float64(one.amount)/1000))
	}
	return strings.Join(texts, " ")
}
