package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	selector = "app.kubernetes.io/managed-by=cityfabric,cityfabric.io/temporary=true"
	bindings = "/apis/rbac.authorization.k8s.io/v1"
	patience = 10 * time.Second
	page     = 500
	largest  = 64 << 20
)

type subject struct {
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Namespace string `json:"namespace,omitempty"`
}

type binding struct {
	Metadata struct {
		Name            string            `json:"name"`
		Namespace       string            `json:"namespace"`
		UID             string            `json:"uid"`
		ResourceVersion string            `json:"resourceVersion"`
		Annotations     map[string]string `json:"annotations"`
	} `json:"metadata"`
	RoleRef struct {
		Name string `json:"name"`
	} `json:"roleRef"`
	Subjects []subject `json:"subjects"`
}

type list struct {
	Metadata struct {
		Continue string `json:"continue"`
	} `json:"metadata"`
	Items []binding `json:"items"`
}

// api is a connection to the API server, made anew after each failure, so that a new authority is taken up.
type api struct {
	server string
	folder string
	client *http.Client
}

func (a *api) forget() {
	if a.client != nil {
		a.client.CloseIdleConnections()
		a.client = nil
	}
}

func (a *api) list(ctx context.Context, next string) (list, time.Time, error) {
	var found list
	query := url.Values{"labelSelector": {selector}, "limit": {fmt.Sprint(page)}}
	if next != "" {
		query.Set("continue", next)
	}
	status, header, body, err := a.do(ctx, http.MethodGet, bindings+"/rolebindings?"+query.Encode(), nil)
	if err != nil {
		return found, time.Time{}, err
	}
	if status != http.StatusOK {
		return found, time.Time{}, fmt.Errorf("list: status %d", status)
	}
	now, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return found, now, fmt.Errorf("the API server tells no time: %w", err)
	}
	return found, now, json.Unmarshal(body, &found)
}

// delete asks for exactly the binding that was looked at: one that was given anew, or longer, stays.
func (a *api) delete(ctx context.Context, one binding) (int, error) {
	options, err := json.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "DeleteOptions",
		"preconditions": map[string]string{"uid": one.Metadata.UID, "resourceVersion": one.Metadata.ResourceVersion},
	})
	if err != nil {
		return 0, err
	}
	path := fmt.Sprintf("%s/namespaces/%s/rolebindings/%s", bindings,
		url.PathEscape(one.Metadata.Namespace), url.PathEscape(one.Metadata.Name))
	status, _, _, err := a.do(ctx, http.MethodDelete, path, options)
	if err == nil && status != http.StatusOK && status != http.StatusNotFound && status != http.StatusConflict {
		err = fmt.Errorf("delete: status %d", status)
	}
	return status, err
}

func (a *api) do(ctx context.Context, method, path string, body []byte) (int, http.Header, []byte, error) {
	// The kubelet renews the token while the program runs.
	token, err := os.ReadFile(filepath.Join(a.folder, "token"))
	if err != nil {
		return 0, nil, nil, err
	}
	if a.client == nil {
		if a.client, err = verified(filepath.Join(a.folder, "ca.crt")); err != nil {
			return 0, nil, nil, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, a.server+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/json")
	answer, err := a.client.Do(request)
	if err != nil {
		return 0, nil, nil, err
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(io.LimitReader(answer.Body, largest))
	return answer.StatusCode, answer.Header, content, err
}

// verified returns a client that talks to a server of the cluster's own authority, and to no other; a token goes nowhere else.
func verified(file string) (*http.Client, error) {
	authority, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(authority) {
		return nil, errors.New("ca.crt holds no certificate")
	}
	transport := &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2: true,
		IdleConnTimeout:   time.Minute,
	}
	refuse := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &http.Client{Transport: transport, CheckRedirect: refuse}, nil
}
