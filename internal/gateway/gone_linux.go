package gateway

import "golang.org/x/sys/unix"

// gone reports whether the client has closed its side of the connection, without
// reading from it: what it sent before may be waiting there, unread.
func (p *peer) gone() (gone bool) {
	if p.socket == nil {
		return false
	}
	err := p.socket.Control(func(fd uintptr) {
		polled := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}}
		n, err := unix.Poll(polled, 0)
		gone = err == nil && n > 0
	})
	return gone || err != nil
}
