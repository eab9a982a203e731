using System.Buffers;
using Microsoft.AspNetCore.Http;
using OpenCode.McpHost.Tools;

namespace OpenCode.McpHost.Http;

/// <summary>
/// Answers plain calls of direct tools (<see cref="DirectAnswers"/>) without the server that the SDK makes for each request of the address without sessions. A request that is in any way out of the usual
/// goes on to the SDK, with its body as it came.
/// </summary>
/// <param name="path">The address without sessions.</param>
/// <param name="direct">Gives the answers.</param>
internal sealed class DirectDoor(string path, DirectAnswers direct)
{
    private const string RevisionHeader = "MCP-Protocol-Version";
    private const string Json = "application/json";
    private const string Events = "text/event-stream";

    // Those that clients shake hands for; any other is the SDK's to refuse, or has more to be checked.
    private static readonly string[] Revisions = ["2025-11-25", "2025-06-18", "2025-03-26"];

    public async Task PassAsync(HttpContext context, RequestDelegate next)
    {
        if (IsUsual(context.Request) && await AnswerAsync(context).ConfigureAwait(false) is { } answer)
        {
            await WriteAsync(context.Response, answer, context.RequestAborted).ConfigureAwait(false);
            return;
        }

        await next(context).ConfigureAwait(false);
    }

    private bool IsUsual(HttpRequest request) =>
        HttpMethods.IsPost(request.Method)
        && request.Path.Value == path
        && request.ContentLength is > 0 and <= PlainCall.MostBytes
        && request.ContentType is Json or "application/json; charset=utf-8"
        && HasUsualHeaders(request.Headers);

    private static bool HasUsualHeaders(IHeaderDictionary headers)
    {
        var revision = headers[RevisionHeader];
        if (revision.Count != 1 || !Revisions.Contains(revision[0], StringComparer.Ordinal) || headers.ContentEncoding.Count > 0)
        {
            return false;
        }

        // A session, or what is checked against the message.
        foreach (var header in headers)
        {
            if (header.Key.StartsWith("Mcp-", StringComparison.OrdinalIgnoreCase) && !header.Key.Equals(RevisionHeader, StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        return Accepts(headers, Json) && Accepts(headers, Events);
    }

    private static bool Accepts(IHeaderDictionary headers, string type)
    {
        foreach (var line in headers.Accept)
        {
            foreach (var range in line.AsSpan().Split(','))
            {
                if (line.AsSpan(range).Trim().SequenceEqual(type))
                {
                    return true;
                }
            }
        }

        return false;
    }

    // What was read is not taken away: it is whoever comes next who takes it.
    private async ValueTask<ReadOnlyMemory<byte>?> AnswerAsync(HttpContext context)
    {
        var body = context.Request.BodyReader;
        while (true)
        {
            var read = await body.ReadAsync(context.RequestAborted).ConfigureAwait(false);
            if (read.Buffer.Length < context.Request.ContentLength && !read.IsCompleted)
            {
                body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }

            var message = read.Buffer.IsSingleSegment ? read.Buffer.First : read.Buffer.ToArray();
            var answer = direct.Answer(message.Span, Caller.Of(context.User), "event: message\ndata: "u8, "\n\n"u8);
            body.AdvanceTo(answer is null ? read.Buffer.Start : read.Buffer.End);
            return answer;
        }
    }

    private static async Task WriteAsync(HttpResponse response, ReadOnlyMemory<byte> answer, CancellationToken cancellationToken)
    {
        response.ContentType = Events;
        response.ContentLength = answer.Length;
        response.Headers.CacheControl = "no-cache,no-store";
        response.Headers.ContentEncoding = "identity";
        response.Headers["X-Accel-Buffering"] = "no";
        await response.BodyWriter.WriteAsync(answer, cancellationToken).ConfigureAwait(false);
    }
}
