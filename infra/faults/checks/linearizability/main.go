// Checks with porcupine whether each prescription of a history of calls behaved as one thing at
// one place in time: linearizability. It reads JSON lines and writes one JSON verdict to stdout.
//
//	linearizability -history calls.jsonl [-picture drawing.html] [-patience 60s]
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

type verdict struct {
	Holds          *bool          `json:"holds"`
	Operations     int            `json:"operations"`
	Unanswered     int            `json:"unanswered"`
	Prescriptions  int            `json:"prescriptions"`
	Broken         []string       `json:"broken"`
	Undecided      []string       `json:"undecided"`
	Contradictions []string       `json:"contradictions"`
	Unmodelled     map[string]int `json:"unmodelled"`
	Picture        string         `json:"picture"`
}

func main() {
	history := flag.String("history", "", "the history, JSON lines")
	picture := flag.String("picture", "", "where to draw the first prescription that is broken")
	patience := flag.Duration("patience", time.Minute, "how long to look in all")
	flag.Parse()
	found, err := check(*history, *picture, *patience)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(found)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func check(history, picture string, patience time.Duration) (*verdict, error) {
	byCode, contradictions, err := readHistory(history)
	if err != nil {
		return nil, err
	}
	found := &verdict{
		Prescriptions: len(byCode), Contradictions: contradictions, Unmodelled: map[string]int{},
		Broken: []string{}, Undecided: []string{},
	}
	for _, operations := range byCode {
		for _, one := range operations {
			found.count(one)
		}
	}
	found.judge(byCode, time.Now().Add(patience))
	holds := len(found.Broken) == 0 && len(contradictions) == 0
	if !holds || len(found.Undecided) == 0 && len(found.Unmodelled) == 0 {
		found.Holds = &holds
	}
	if picture != "" && len(found.Broken) > 0 {
		found.Picture = picture
		return found, draw(byCode[found.Broken[0]], picture)
	}
	return found, nil
}

func (v *verdict) count(one operation) {
	v.Operations++
	if !one.answered {
		v.Unanswered++
	}
	yes, known := acceptedResults[one.kind]
	if one.answered && one.accepted && known && !slices.Contains(yes, one.result) {
		v.Unmodelled[one.kind+" "+one.result]++
	}
}

func (v *verdict) judge(byCode map[string][]operation, deadline time.Time) {
	codes := make(chan string)
	var workers sync.WaitGroup
	var lock sync.Mutex
	for range runtime.GOMAXPROCS(0) {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for code := range codes {
				left := max(time.Until(deadline), time.Millisecond)
				result := porcupine.CheckOperationsTimeout(model(), asked(byCode[code]), left)
				lock.Lock()
				switch result {
				case porcupine.Illegal:
					v.Broken = append(v.Broken, code)
				case porcupine.Unknown:
					v.Undecided = append(v.Undecided, code)
				}
				lock.Unlock()
			}
		}()
	}
	for code := range byCode {
		codes <- code
	}
	close(codes)
	workers.Wait()
	sort.Strings(v.Broken)
	sort.Strings(v.Undecided)
}

// asked gives the operations to porcupine. What was never answered may still take effect after
// everything else.
func asked(operations []operation) []porcupine.Operation {
	clients := map[string]int{}
	var found []porcupine.Operation
	for _, one := range operations {
		if _, known := clients[one.client]; !known {
			clients[one.client] = len(clients)
		}
		found = append(found, porcupine.Operation{
			ClientId: clients[one.client], Input: one, Call: one.called, Return: one.returned,
		})
	}
	return found
}

func draw(operations []operation, path string) error {
	history := asked(operations)
	last := int64(0)
	for _, one := range history {
		last = max(last, one.Call)
		if one.Return != never {
			last = max(last, one.Return)
		}
	}
	for i := range history { // a bar without an end would press all others into one pixel
		history[i].Return = min(history[i].Return, last+int64(time.Second))
	}
	_, info := porcupine.CheckOperationsVerbose(model(), history, time.Minute)
	return porcupine.VisualizePath(model(), info, path)
}
