// versitygw with files on the local disk and nothing else: the S3 server that backups are tested
// with. The command of the same name in its repository also has the stores of Azure and of ScoutFS,
// whose libraries take minutes to compile. The keys come in the environment: ROOT_ACCESS_KEY and
// ROOT_SECRET_KEY, as there.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

func main() {
	folder := flag.String("folder", "", "where the buckets are: each is a folder in it")
	beside := flag.String("metadata", "", "folder for what S3 knows of each object")
	address := flag.String("listen", "127.0.0.1:7070", "where to listen")
	certificate := flag.String("cert", "", "certificate for TLS")
	key := flag.String("key", "", "its key")
	flag.Parse()

	// Not in extended attributes: not every file system has them.
	sidecar, err := meta.NewSideCar(*beside)
	if err != nil {
		log.Fatal(err)
	}
	store, err := posix.New(*folder, sidecar, posix.PosixOpts{SideCarDir: *beside})
	if err != nil {
		log.Fatal(err)
	}
	until, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	log.Fatal(embedgw.RunVersityGW(until, store, &embedgw.Config{
		RootUserAccess:    os.Getenv("ROOT_ACCESS_KEY"),
		RootUserSecret:    os.Getenv("ROOT_SECRET_KEY"),
		Ports:             []string{*address},
		CertFile:          *certificate,
		KeyFile:           *key,
		MaxConnections:    256,
		MaxRequests:       256,
		MultipartMaxParts: 10000,
		KeepAlive:         true,
	}))
}
