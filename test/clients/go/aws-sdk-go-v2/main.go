// Writes and reads one object with aws-sdk-go-v2 and its default credential chain, as often as asked; says as one line
// of JSON how it went. Everything else comes from the AWS_* environment.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
)

type said struct {
	OK      bool   `json:"ok"`
	Text    string `json:"text,omitempty"`
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
}

func main() {
	if len(os.Args) != 3 {
		fmt.Println("usage: aws-sdk-go-v2 <bucket> <key>")
		return
	}
	text, err := use(context.Background(), os.Args[1], os.Args[2])
	answer := said{OK: err == nil, Text: text}
	if err != nil {
		answer.Message = err.Error()
		var api smithy.APIError
		if errors.As(err, &api) {
			answer.Code = api.ErrorCode()
		}
	}
	line, _ := json.Marshal(answer)
	fmt.Println(string(line))
}

// CLIENT_REPEAT: how many times; CLIENT_PAUSE_MS: how long between two; CLIENT_RETRY_MS: the longest wait of a retry.
func use(ctx context.Context, bucket, key string) (string, error) {
	loaded, err := config.LoadDefaultConfig(ctx, config.WithRetryer(func() aws.Retryer {
		return retry.AddWithMaxBackoffDelay(retry.NewStandard(), milliseconds("CLIENT_RETRY_MS", 20_000))
	}))
	if err != nil {
		return "", err
	}
	client := s3.NewFromConfig(loaded, func(o *s3.Options) { o.UsePathStyle = true })
	text := ""
	for i := range int(number("CLIENT_REPEAT", 1)) {
		if i > 0 {
			time.Sleep(milliseconds("CLIENT_PAUSE_MS", 0))
		}
		body := strings.NewReader(fmt.Sprintf("written by aws-sdk-go-v2, %d", i))
		if _, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: body}); err != nil {
			return "", err
		}
		got, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
		if err != nil {
			return "", err
		}
		read, err := io.ReadAll(got.Body)
		if err != nil {
			return "", err
		}
		text = string(read)
	}
	return text, nil
}

func milliseconds(name string, otherwise int64) time.Duration {
	return time.Duration(number(name, otherwise)) * time.Millisecond
}

func number(name string, otherwise int64) int64 {
	if value, err := strconv.ParseInt(os.Getenv(name), 10, 64); err == nil {
		return value
	}
	return otherwise
}
