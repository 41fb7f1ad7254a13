// Stands in for every service of the shop of the walk-through: answers 200 to any method and path on its ports, asks its
// neighbours once for each page, and, where told to, plays the customer.
//
//	PORT                  where it listens (8080)
//	*_SERVICE_ADDR        HOST:PORT of neighbours that a request for a page ("/") asks in turn
//	LOAD_TARGET           a URL to fetch once a second; then it serves only its health
//
// `shop -attack URL` is the client of the tests within a pod: the walk-through's request, once.
package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"time"
)

const mostBody = 1 << 20 // of a request or an answer that is read

func main() {
	if len(os.Args) == 3 && os.Args[1] == "-attack" {
		if err := attack(os.Args[2]); err != nil {
			log.Fatal(err)
		}
		return
	}
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	if target := os.Getenv("LOAD_TARGET"); target != "" {
		go visit(target)
	}
	server := &http.Server{Addr: ":" + port, Handler: shop(neighbours()), ReadHeaderTimeout: 10 * time.Second}
	log.Printf("listening on port %s", port)
	log.Fatal(server.ListenAndServe())
}

func shop(neighbours []string) http.Handler {
	client := &http.Client{Timeout: 2 * time.Second}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, io.LimitReader(r.Body, mostBody))
		if r.URL.Path == "/" {
			for _, neighbour := range neighbours {
				fetch(client, "http://"+neighbour+"/list")
			}
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintln(w, "Online shop: welcome")
	})
}

func neighbours() []string {
	var found []string
	for _, variable := range os.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		if strings.HasSuffix(name, "_SERVICE_ADDR") && value != "" {
			found = append(found, value)
		}
	}
	return found
}

func visit(target string) {
	client := &http.Client{Timeout: 5 * time.Second}
	for range time.Tick(time.Second) {
		if err := fetch(client, target); err != nil {
			log.Print(err)
		}
	}
}

func attack(url string) error {
	request, err := http.NewRequest(http.MethodPost, url, nil)
	if err != nil {
		return err
	}
	request.Header.Set("X-CMD", "Test")
	request.Header.Set("X-KEY", "Test")
	client := &http.Client{Timeout: 5 * time.Second}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

func fetch(client *http.Client, url string) error {
	answer, err := client.Get(url)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, io.LimitReader(answer.Body, mostBody))
	return err
}
