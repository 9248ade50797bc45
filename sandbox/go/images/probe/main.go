// Probe sends and answers real packets, for the tests of isolation.
//
//	probe serve 8443 IP:9090        answer on these TCP and UDP ports until stopped, of all addresses or of one
//	probe dial tcp HOST:PORT        say 'open' (exit 0) or 'blocked: why' (exit 1) within 2 seconds
//	probe dial udp HOST:PORT        the same by a datagram and its answer
//	probe scan                      read lines 'tcp HOST:PORT' or 'udp HOST:PORT', dial them side by side, and say of each:
//	                                open (the probe answered), connected (something else did), blocked, or unknown (no such name)
//	probe lookup NAME               print the addresses of a name
//	probe hold MIB                  take that much memory and sleep
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

const patience = 2 * time.Second

const answer = "probe"

// How many dials of a scan run side by side; what is dropped, not refused, takes the whole patience.
const abreast = 512

func main() {
	if len(os.Args) == 2 && os.Args[1] == "scan" {
		scan()
		return
	}
	if len(os.Args) < 3 {
		fail(2, "usage: probe serve PORT... | dial tcp|udp HOST:PORT | scan | lookup NAME | hold MIB")
	}
	switch os.Args[1] {
	case "serve":
		serve(os.Args[2:])
	case "dial":
		dial(os.Args[2], os.Args[3])
	case "lookup":
		lookup(os.Args[2])
	case "hold":
		hold(os.Args[2])
	default:
		fail(2, "unknown command "+os.Args[1])
	}
}

func fail(code int, text string) {
	fmt.Println(text)
	os.Exit(code)
}

func serve(ports []string) {
	for _, address := range ports {
		if !strings.Contains(address, ":") {
			address = ":" + address
		}
		listener, err := net.Listen("tcp", address)
		if err != nil {
			fail(1, err.Error())
		}
		packets, err := net.ListenPacket("udp", address)
		if err != nil {
			fail(1, err.Error())
		}
		go serveStream(listener)
		go servePackets(packets)
	}
	fmt.Println("serving", ports)
	select {}
}

func serveStream(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			fail(1, err.Error())
		}
		_, _ = io.WriteString(connection, answer)
		_ = connection.Close()
	}
}

func servePackets(packets net.PacketConn) {
	buffer := make([]byte, 64)
	for {
		_, from, err := packets.ReadFrom(buffer)
		if err != nil {
			fail(1, err.Error())
		}
		_, _ = packets.WriteTo([]byte(answer), from)
	}
}

func dial(network, address string) {
	if verdict, err := reach(network, address); verdict != "open" {
		fail(1, fmt.Sprintf("blocked: %v", err))
	}
	fmt.Println("open")
}

// reach says how far a connection gets: open, connected or blocked, and why no further.
func reach(network, address string) (string, error) {
	connection, err := net.DialTimeout(network, address, patience)
	if err != nil {
		return "blocked", err
	}
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(patience))
	if network == "udp" {
		_, _ = connection.Write([]byte("?"))
	}
	reply := make([]byte, len(answer))
	if _, err := io.ReadFull(connection, reply); err == nil && string(reply) == answer {
		return "open", nil
	} else if network == "udp" {
		return "blocked", fmt.Errorf("no answer: %w", err)
	} else {
		return "connected", fmt.Errorf("no answer: %w", err)
	}
}

func scan() {
	var waiting sync.WaitGroup
	var printing sync.Mutex
	slots := make(chan struct{}, abreast)
	addresses := map[string]string{}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		network, address, found := strings.Cut(lines.Text(), " ")
		if !found || (network != "tcp" && network != "udp") {
			fail(2, "not 'tcp HOST:PORT' or 'udp HOST:PORT': "+lines.Text())
		}
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			fail(2, err.Error())
		}
		if _, known := addresses[host]; !known {
			addresses[host] = first(host)
		}
		target := addresses[host]
		slots <- struct{}{}
		waiting.Add(1)
		go func() {
			defer func() { <-slots; waiting.Done() }()
			// A name that cannot be looked up says nothing about the way to it.
			verdict := "unknown"
			if target != "" {
				verdict, _ = reach(network, net.JoinHostPort(target, port))
			}
			printing.Lock()
			defer printing.Unlock()
			fmt.Println(network, address, verdict)
		}()
	}
	waiting.Wait()
}

// first returns the first address of a name, or nothing.
func first(name string) string {
	addresses, err := resolve(name)
	if err != nil || len(addresses) == 0 {
		return ""
	}
	return addresses[0]
}

func resolve(name string) ([]string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*patience)
	defer cancel()
	return net.DefaultResolver.LookupHost(ctx, name)
}

func lookup(name string) {
	addresses, err := resolve(name)
	if err != nil {
		fail(1, "not found: "+err.Error())
	}
	for _, address := range addresses {
		fmt.Println(address)
	}
}

func hold(text string) {
	size, err := strconv.Atoi(text)
	if err != nil {
		fail(2, err.Error())
	}
	block := make([]byte, size<<20)
	for i := 0; i < len(block); i += 4096 {
		block[i] = 1
	}
	fmt.Println("holding", len(block)>>20, "MiB")
	select {}
}
