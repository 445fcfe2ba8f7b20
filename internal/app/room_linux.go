package app

import "golang.org/x/sys/unix"

// room is how many bytes of the disk of a folder are free for us, and how many it has; 0
// where the system does not tell.
func room(dir string) (free, size int64) {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return 0, 0
	}
	return int64(s.Bavail) * s.Bsize, int64(s.Blocks) * s.Bsize
}
