using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using OpenCode.Common;

namespace OpenCode.Layers;

/// <summary><c>state.json</c>: the agents' data and a copy of the status, verified by a checksum at every read.</summary>
/// <param name="files">Replaces files.</param>
public sealed class StateLayer(AtomicFile files)
{
    // The data may be as deep as a caller's value can be, and here it is one level further down.
    private static readonly JsonDocumentOptions Reading = new() { AllowDuplicateProperties = false, MaxDepth = JsonText.MaxDepth + 1 };

    private static readonly JsonWriterOptions Options = new() { Indented = true, IndentSize = 2, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The contents of state.json for a state; <see cref="TaskState.Checksum"/> of <paramref name="state"/> is not used.</summary>
    public static byte[] Format(TaskState state)
    {
        // The checksum is over the canonical form, so any way of writing the rest gives the same one.
        using var rest = JsonDocument.Parse(Write(state, null), Reading);
        return Write(state, CanonicalJson.Checksum(rest.RootElement));
    }

    /// <summary>Reads and verifies contents of a state.json.</summary>
    /// <param name="contents">The bytes.</param>
    /// <param name="taskId">The task it has to be of.</param>
    /// <param name="path">The file, for the error.</param>
    /// <exception cref="OpenCodeException">StateCorrupt: not readable, of another task, or the checksum does not fit.</exception>
    public static TaskState Parse(ReadOnlyMemory<byte> contents, string taskId, string path)
    {
        try
        {
            using var document = JsonDocument.Parse(contents, Reading);
            var root = document.RootElement;
            var checksum = root.GetProperty("checksum").GetString()!;
            var state = new TaskState
            {
                TaskId = root.GetProperty("taskId").GetString()!,
                Status = Enum.Parse<AgentTaskStatus>(root.GetProperty("status").GetString()!, ignoreCase: true),
                Data = JsonMap.Parse(root.GetProperty("data").GetRawText()),
                Version = root.GetProperty("version").GetInt64(),
                LastUpdated = root.GetProperty("lastUpdated").GetDateTimeOffset(),
                Checksum = checksum,
            };
            if (state.TaskId != taskId)
            {
                throw Corrupt(path, taskId, $"it belongs to task '{state.TaskId}'");
            }

            return CanonicalJson.Checksum(root, "checksum") == checksum ? state : throw Corrupt(path, taskId, "its checksum does not fit its contents");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException or OpenCodeException { Error: OpenCodeError.InvalidArgument })
        {
            throw Corrupt(path, taskId, $"it cannot be read ({e.Message.TrimEnd('.')})", e);
        }
    }

    /// <summary>Reads and verifies state.json.</summary>
    /// <exception cref="OpenCodeException">StateCorrupt: missing or damaged; StoreUnavailable: not readable.</exception>
    public static TaskState Read(TaskFolder folder)
    {
        try
        {
            return Parse(File.ReadAllBytes(folder.Contained(folder.State)), folder.TaskId, folder.State);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Corrupt(folder.State, folder.TaskId, "it is missing", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpenCodeException(OpenCodeError.StoreUnavailable, $"The file '{folder.State}' cannot be read: {e.Message} Check its permissions.", folder.State, e);
        }
    }

    /// <summary>Replaces state.json; the version before stays as state.json.bak.</summary>
    public void Write(TaskLock held, TaskFolder folder, TaskState state)
    {
        held.Cover(folder);
        files.Replace(folder.Contained(folder.State), Format(state), folder.StateBackup);
    }

    private static byte[] Write(TaskState state, string? checksum)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            writer.WriteString("taskId", state.TaskId);
            writer.WriteString("status", Words.Of(state.Status));
            writer.WritePropertyName("data");
            using (var data = JsonDocument.Parse(state.Data.ToString()))
            {
                data.RootElement.WriteTo(writer);
            }

            writer.WriteNumber("version", state.Version);
            writer.WriteString("lastUpdated", Words.Of(state.LastUpdated));
            if (checksum is not null)
            {
                writer.WriteString("checksum", checksum);
            }

            writer.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private static OpenCodeException Corrupt(string path, string taskId, string reason, Exception? cause = null) => new(
        OpenCodeError.StateCorrupt,
        $"The file '{path}' is damaged: {reason}. It was not used and not changed. Run Repair-OcTask {taskId}, which keeps the original.",
        path,
        cause);
}
