// Steward takes away what was given until a moment, when the moment is over: it deletes the RoleBindings that have lapsed.
//
//	steward [-every 5s] [-credentials FOLDER]
//
// Every few seconds it lists the bindings that carry the labels app.kubernetes.io/managed-by=cityfabric and
// cityfabric.io/temporary=true, in all namespaces, and deletes those whose annotation cityfabric.io/expires (RFC 3339) is over. A
// binding whose annotation is missing or cannot be read counts as lapsed: what was to end must not stay by a slip of the pen. A
// binding without these labels is never touched. The clock is the API server's, which also stamps the objects and the audit trail.
//
// It runs until it is told to end, whatever the API server does, and prints what it did as JSON, one object a line.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const expires = "cityfabric.io/expires"

func main() {
	every := flag.Duration("every", 5*time.Second, "how long to wait between two looks")
	folder := flag.String("credentials", "/var/run/secrets/kubernetes.io/serviceaccount", "folder of token and ca.crt")
	flag.Parse()
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	server, err := address()
	if err != nil || *every <= 0 {
		log.Error("cannot begin", "error", fmt.Sprint(err), "every", every.String())
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	api := &api{server: server, folder: *folder}
	log.Info("begun", "server", server, "every", every.String())
	watch(ctx, api, *every, log)
	log.Info("ended")
}

// address returns where the API server answers, as the kubelet tells every pod.
func address() (string, error) {
	host, port := os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT")
	if host == "" || port == "" {
		return "", errors.New("KUBERNETES_SERVICE_HOST or KUBERNETES_SERVICE_PORT is not set")
	}
	return "https://" + net.JoinHostPort(host, port), nil
}

// watch looks again and again; a failure is told when it begins and when it ends, and never ends the program.
func watch(ctx context.Context, api *api, every time.Duration, log *slog.Logger) {
	failing := false
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		err := look(ctx, api, log)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			api.forget()
			log.Error("cannot look", "error", err.Error())
		} else if failing {
			log.Info("looking again")
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// look deletes what has lapsed. One binding that cannot be deleted does not keep the others.
func look(ctx context.Context, api *api, log *slog.Logger) error {
	var failures []error
	for next := ""; ; {
		found, now, err := api.list(ctx, next)
		if err != nil {
			return err
		}
		for _, one := range found.Items {
			if why := lapsed(one, now); why != "" {
				if err := remove(ctx, api, one, why, log); err != nil {
					failures = append(failures, err)
				}
			}
		}
		if next = found.Metadata.Continue; next == "" {
			return errors.Join(failures...)
		}
	}
}

// lapsed says why a binding is to go; nothing if it may stay.
func lapsed(one binding, now time.Time) string {
	text, there := one.Metadata.Annotations[expires]
	if !there {
		return "it says no expiry"
	}
	until, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return "its expiry cannot be read"
	}
	if now.Before(until) {
		return ""
	}
	return "it has lapsed"
}

func remove(ctx context.Context, api *api, one binding, why string, log *slog.Logger) error {
	status, err := api.delete(ctx, one)
	about := []any{
		"namespace", one.Metadata.Namespace, "binding", one.Metadata.Name, "role", one.RoleRef.Name,
		"subjects", one.Subjects, "expires", one.Metadata.Annotations[expires], "why", why,
	}
	switch {
	case err != nil:
		log.Error("not deleted", append(about, "error", err.Error())...)
		return fmt.Errorf("%s/%s: %w", one.Metadata.Namespace, one.Metadata.Name, err)
	case status == http.StatusNotFound || status == http.StatusConflict:
		return nil // gone, or changed meanwhile: the next look decides
	default:
		log.Info("deleted", about...)
		return nil
	}
}
