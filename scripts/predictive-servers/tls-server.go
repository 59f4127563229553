// A TLS server on Go's own stack: `tls-server CERT KEY NAME=MIN,MAX,SUITES ...`, a server each, versions as hexadecimal
// numbers, suites as hexadecimal numbers joined by `+`, empty for Go's own choice. Says `NAME PORT` of each.
package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
)

func number(text string) uint16 {
	value, err := strconv.ParseUint(text, 16, 16)
	if err != nil {
		panic(err)
	}
	return uint16(value)
}

func serve(listener net.Listener, config *tls.Config) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			secured := tls.Server(connection, config)
			secured.Handshake()
			io.Copy(io.Discard, secured)
			secured.Close()
		}()
	}
}

func main() {
	certificate, err := tls.LoadX509KeyPair(os.Args[1], os.Args[2])
	if err != nil {
		panic(err)
	}
	for _, spec := range os.Args[3:] {
		name, rest, _ := strings.Cut(spec, "=")
		words := strings.Split(rest, ",")
		config := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: number(words[0]), MaxVersion: number(words[1])}
		for _, suite := range strings.FieldsFunc(words[2], func(r rune) bool { return r == '+' }) {
			config.CipherSuites = append(config.CipherSuites, number(suite))
		}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			panic(err)
		}
		fmt.Println(name, listener.Addr().(*net.TCPAddr).Port)
		go serve(listener, config)
	}
	fmt.Println("READY")
	select {}
}
