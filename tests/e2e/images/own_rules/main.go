// An image of somebody's own rules, as users of the init container `snort-rules` build theirs: it copies its rule files into the
// folder that the monitors read, and ends.
package main

import (
	_ "embed"
	"log"
	"os"
	"path/filepath"
)

const folder = "/usr/etc/snort/rules"

//go:embed own.rules
var rules []byte

func main() {
	if err := os.WriteFile(filepath.Join(folder, "own.rules"), rules, 0o644); err != nil {
		log.Fatal(err)
	}
}
