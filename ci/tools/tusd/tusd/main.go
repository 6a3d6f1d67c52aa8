// tusd with files on the local disk and nothing else: what our own receiver of uploads is compared
// with. The command of the same name in tusd's repository also has stores of three clouds, whose
// libraries take minutes to compile.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"

	"github.com/tus/tusd/v2/pkg/filelocker"
	"github.com/tus/tusd/v2/pkg/filestore"
	"github.com/tus/tusd/v2/pkg/handler"
)

func main() {
	folder := flag.String("upload-dir", "", "where uploads are stored")
	address := flag.String("listen", "127.0.0.1:0", "where to listen")
	flag.Parse()

	composer := handler.NewStoreComposer()
	filestore.New(*folder).UseIn(composer)
	filelocker.New(*folder).UseIn(composer)
	uploads, err := handler.NewHandler(handler.Config{
		BasePath:                "/files/",
		StoreComposer:           composer,
		RespectForwardedHeaders: true,
	})
	if err != nil {
		log.Fatal(err)
	}
	http.Handle("/files/", http.StripPrefix("/files/", uploads))
	http.Handle("/files", http.StripPrefix("/files", uploads))
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("ready on %s\n", listener.Addr())
	log.Fatal(http.Serve(listener, nil))
}
