package models

import "time"

// RefusalKeep is how long the answer to a refused call can be explained.
const RefusalKeep = 7 * 24 * time.Hour
