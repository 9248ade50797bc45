// Probe sends and answers real packets, for the tests of isolation.
//
//	probe serve 8443 9090           answer on these TCP and UDP ports until stopped
//	probe dial tcp HOST:PORT        say 'open' (exit 0) or 'blocked: why' (exit 1) within 2 seconds
//	probe dial udp HOST:PORT        the same by a datagram and its answer
//	probe lookup NAME               print the addresses of a name
//	probe hold MIB                  take that much memory and sleep
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"time"
)

const patience = 2 * time.Second

const answer = "probe"

func main() {
	if len(os.Args) < 3 {
		fail(2, "usage: probe serve PORT... | dial tcp|udp HOST:PORT | lookup NAME | hold MIB")
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
	for _, port := range ports {
		listener, err := net.Listen("tcp", ":"+port)
		if err != nil {
			fail(1, err.Error())
		}
		packets, err := net.ListenPacket("udp", ":"+port)
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
	connection, err := net.DialTimeout(network, address, patience)
	if err != nil {
		fail(1, "blocked: "+err.Error())
	}
	_ = connection.SetDeadline(time.Now().Add(patience))
	if network == "udp" {
		_, _ = connection.Write([]byte("?"))
	}
	reply := make([]byte, len(answer))
	if _, err := io.ReadFull(connection, reply); err != nil || string(reply) != answer {
		fail(1, fmt.Sprintf("blocked: no answer: %v", err))
	}
	fmt.Println("open")
}

func lookup(name string) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupHost(ctx, name)
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
