// The three programs of the article "Recycling memory buffers in Go", in one: a pool of 20 byte slices of 5 to 10 MB, one
// of which is replaced each tick. It prints the article's line a tick, with a header. As in the lab, every page of a
// new slice is written to.
//
//	article none|channel|recycler <ticks> <milliseconds a tick>
package main

import (
	"fmt"
	"math/rand"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"
)

const (
	slots    = 20
	idleMost = 5
	page     = 4096
)

var makes, frees int64

func makeBuffer() []byte {
	atomic.AddInt64(&makes, 1)
	return make([]byte, 5_000_000+rand.Intn(5_000_000))
}

type strategy struct {
	get  func() []byte
	give func([]byte)
}

func none() strategy {
	return strategy{makeBuffer, func([]byte) { atomic.AddInt64(&frees, 1) }}
}

func channel() strategy {
	idle := make(chan []byte, idleMost)
	get := func() []byte {
		select {
		case b := <-idle:
			return b
		default:
			return makeBuffer()
		}
	}
	give := func(b []byte) {
		select {
		case idle <- b:
		default:
			atomic.AddInt64(&frees, 1)
		}
	}
	return strategy{get, give}
}

type idleBuffer struct {
	since time.Time
	bytes []byte
}

// A goroutine owns all that is idle, lends the one given last, and lets go of what has idled for longer than `timeout`.
// Its timer runs on whatever is got and given: the article's own begins anew each time.
func recycler(timeout time.Duration) strategy {
	gets, gives := make(chan []byte), make(chan []byte)
	go func() {
		var idle []idleBuffer
		sweep := time.NewTicker(timeout / 5)
		for {
			if len(idle) == 0 {
				idle = append(idle, idleBuffer{time.Now(), makeBuffer()})
			}
			last := len(idle) - 1
			select {
			case b := <-gives:
				idle = append(idle, idleBuffer{time.Now(), b})
			case gets <- idle[last].bytes:
				idle[last].bytes = nil
				idle = idle[:last]
			case now := <-sweep.C:
				kept := make([]idleBuffer, 0, len(idle))
				for _, each := range idle {
					if now.Sub(each.since) <= timeout {
						kept = append(kept, each)
					}
				}
				atomic.AddInt64(&frees, int64(len(idle)-len(kept)))
				idle = kept
			}
		}
	}()
	return strategy{func() []byte { return <-gets }, func(b []byte) { gives <- b }}
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "article none|channel|recycler <ticks> <milliseconds a tick>")
		os.Exit(2)
	}
	ticks, _ := strconv.Atoi(os.Args[2])
	ms, _ := strconv.Atoi(os.Args[3])
	tick := time.Duration(ms) * time.Millisecond
	strategies := map[string]func() strategy{
		"none":     none,
		"channel":  channel,
		"recycler": func() strategy { return recycler(60 * tick) },
	}
	chosen := strategies[os.Args[1]]()
	var pool [slots][]byte
	var m runtime.MemStats
	fmt.Println("HeapSys,bytes,HeapAlloc,HeapIdle,HeapReleased,makes,frees")
	for t := 0; t < ticks; t++ {
		b := chosen.get()
		for at := 0; at < len(b); at += page {
			b[at] = byte(t)
		}
		i := rand.Intn(slots)
		if pool[i] != nil {
			chosen.give(pool[i])
		}
		pool[i] = b
		time.Sleep(tick)
		bytes := 0
		for _, each := range pool {
			bytes += len(each)
		}
		runtime.ReadMemStats(&m)
		fmt.Printf("%d,%d,%d,%d,%d,%d,%d\n", m.HeapSys, bytes, m.HeapAlloc, m.HeapIdle, m.HeapReleased,
			atomic.LoadInt64(&makes), atomic.LoadInt64(&frees))
	}
}
