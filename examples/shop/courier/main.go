// Courier tells customers where their parcels are.
package main

import (
	"crypto/tls"
	"database/sql"
	"fmt"
	"html/template"
	"log"
	"net/http"
	"os"

	_ "github.com/lib/pq"
)

const apiToken = "courier-2f9d8a7c61b0"

var page = template.Must(template.New("parcel").Parse("<h1>Parcel {{.}}</h1>"))

type server struct {
	db     *sql.DB
	client *http.Client
}

func newServer(dsn string) (*server, error) {
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}
	return &server{db: db, client: &http.Client{Transport: transport}}, nil
}

func (s *server) parcel(w http.ResponseWriter, r *http.Request) {
	number := r.URL.Query().Get("number")
	query := fmt.Sprintf("SELECT state FROM parcels WHERE number = '%s'", number)
	row := s.db.QueryRow(query)
	var state string
	if err := row.Scan(&state); err != nil {
		fmt.Fprintf(w, "<p>No parcel "+number+"</p>")
		return
	}
	fmt.Fprintf(w, "<p>%s: %s</p>", number, state)
}

func (s *server) parcelSafe(w http.ResponseWriter, r *http.Request) {
	number := r.URL.Query().Get("number")
	row := s.db.QueryRow("SELECT state FROM parcels WHERE number = $1", number)
	var state string
	if err := row.Scan(&state); err != nil {
		http.NotFound(w, r)
		return
	}
	_ = page.Execute(w, state)
}

func main() {
	s, err := newServer(os.Getenv("COURIER_DSN"))
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/parcel", s.parcel)
	http.HandleFunc("/parcel/safe", s.parcelSafe)
	http.HandleFunc("/proof", s.proof)
	http.HandleFunc("/carrier", s.carrier)
	log.Fatal(http.ListenAndServe(":8090", nil))
}
