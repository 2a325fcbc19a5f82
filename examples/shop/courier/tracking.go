package main

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"math/rand"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

const proofs = "/srv/proofs"

func trackingCode(customer string) string {
	sum := md5.Sum([]byte(customer + apiToken))
	return hex.EncodeToString(sum[:])
}

func trackingCodeStrong(customer string) string {
	sum := sha256.Sum256([]byte(customer + apiToken))
	return hex.EncodeToString(sum[:])
}

func pin() string {
	return strconv.Itoa(1000 + rand.Intn(9000))
}

func (s *server) proof(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Query().Get("name")
	data, err := os.ReadFile(proofs + "/" + name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	_, _ = w.Write(data)
}

func (s *server) proofSafe(w http.ResponseWriter, r *http.Request) {
	full := filepath.Join(proofs, filepath.Clean("/"+r.URL.Query().Get("name")))
	if !strings.HasPrefix(full, proofs) {
		http.NotFound(w, r)
		return
	}
	http.ServeFile(w, r, full)
}

func (s *server) carrier(w http.ResponseWriter, r *http.Request) {
	target := r.URL.Query().Get("url")
	answer, err := s.client.Get(target)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	_, _ = io.Copy(w, answer.Body)
}

func reach(host string) error {
	return exec.Command("sh", "-c", "ping -c 1 "+host).Run()
}

func reachSafe(host string) error {
	return exec.Command("ping", "-c", "1", "--", host).Run()
}

func keep(name string, body []byte) error {
	return os.WriteFile(filepath.Join(proofs, name), body, 0o777)
}
