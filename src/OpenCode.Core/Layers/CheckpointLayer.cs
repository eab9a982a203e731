using System.Buffers;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using OpenCode.Common;

namespace OpenCode.Layers;

/// <summary><c>checkpoints/&lt;id&gt;/</c>: copies of the layers and a manifest with their hashes. A folder without the dot in front is whole.</summary>
/// <param name="files">Writes files.</param>
/// <param name="durable">True to flush to disk before a checkpoint counts (synchronous=full).</param>
/// <param name="probe">Told about every step.</param>
public sealed class CheckpointLayer(AtomicFile files, bool durable, StepProbe probe)
{
    /// <summary>The name of the manifest.</summary>
    public const string ManifestName = "manifest.json";

    private const string Unfinished = ".new-";

    private static readonly JsonWriterOptions Options = new() { Indented = true, IndentSize = 2, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Copies the layers as they are and publishes them whole.</summary>
    /// <param name="held">The task's lock.</param>
    /// <param name="folder">The task's folder.</param>
    /// <param name="checkpoint">Id, task, time, description and parent; the rest is found out.</param>
    /// <param name="seq">The newest journal entry in the log that is copied.</param>
    /// <returns>The checkpoint as published.</returns>
    public Checkpoint Publish(TaskLock held, TaskFolder folder, Checkpoint checkpoint, long seq)
    {
        held.Cover(folder);
        var target = folder.Contained(folder.Checkpoint(checkpoint.Id));
        var unfinished = Path.Combine(folder.Checkpoints, Unfinished + checkpoint.Id);
        try
        {
            TaskFolder.Make(folder.Checkpoints);
            Sweep(held, folder);
            TaskFolder.Make(unfinished);
            var copied = new List<CheckpointFile>();
            foreach (var source in (string[])[folder.State, folder.Logs, folder.Decisions])
            {
                if (File.Exists(folder.Contained(source)))
                {
                    copied.Add(CopyHashed(source, Path.Combine(unfinished, Path.GetFileName(source)), durable));
                }
            }

            probe.At(Step.CheckpointCopied);
            checkpoint = checkpoint with { Files = copied, Manifest = Path.Combine(target, ManifestName) };
            files.WriteNew(Path.Combine(unfinished, ManifestName), FormatManifest(checkpoint, seq));
            probe.At(Step.CheckpointPrepared);
            Directory.Move(unfinished, target);
            if (durable)
            {
                Native.FlushFolder(folder.Checkpoints);
            }

            probe.At(Step.CheckpointPublished);
            return checkpoint;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Failed(target, e);
        }
    }

    /// <summary>Removes what unfinished checkpoints left. Under the task's lock nobody is working on one.</summary>
    public static void Sweep(TaskLock held, TaskFolder folder)
    {
        held.Cover(folder);
        if (Directory.Exists(folder.Contained(folder.Checkpoints)))
        {
            foreach (var leftover in Directory.EnumerateDirectories(folder.Checkpoints, Unfinished + "*"))
            {
                Directory.Delete(leftover, recursive: true);
            }
        }
    }

    /// <summary>The ids of published checkpoints, whether or not their contents are sound.</summary>
    public static IReadOnlyList<string> Published(TaskFolder folder) => Directory.Exists(folder.Contained(folder.Checkpoints))
        ? [.. Directory.EnumerateDirectories(folder.Checkpoints).Select(d => Path.GetFileName(d)).Where(Input.IsId).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Reads a manifest and checks it; the files it names are not read.</summary>
    /// <returns>The checkpoint, and the newest journal entry in its log.</returns>
    /// <exception cref="OpenCodeException">CheckpointNotFound: no such folder; StateCorrupt: the manifest is missing or damaged.</exception>
    public static (Checkpoint Checkpoint, long Seq) ReadManifest(TaskFolder folder, string checkpointId)
    {
        var path = Path.Combine(folder.Checkpoint(checkpointId), ManifestName);
        if (!Directory.Exists(folder.Checkpoint(checkpointId)))
        {
            throw new OpenCodeException(OpenCodeError.CheckpointNotFound, $"Task '{folder.TaskId}' has no checkpoint '{checkpointId}'. List its checkpoints to find one.", checkpointId);
        }

        folder.Contained(path);
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { AllowDuplicateProperties = false });
            var root = document.RootElement;
            if (CanonicalJson.Checksum(root, "checksum") != root.GetProperty("checksum").GetString())
            {
                throw Corrupt(path, "its checksum does not fit its contents");
            }

            var checkpoint = new Checkpoint
            {
                Id = root.GetProperty("id").GetString()!,
                TaskId = root.GetProperty("taskId").GetString()!,
                Timestamp = root.GetProperty("timestamp").GetDateTimeOffset(),
                Description = root.GetProperty("description").GetString(),
                Parent = root.GetProperty("parent").GetString(),
                Files = [.. root.GetProperty("files").EnumerateArray().Select(f => new CheckpointFile(f.GetProperty("name").GetString()!, f.GetProperty("bytes").GetInt64(), f.GetProperty("sha256").GetString()!))],
                Manifest = path,
            };
            return checkpoint.Id == checkpointId && checkpoint.TaskId == folder.TaskId
                ? (checkpoint, root.GetProperty("seq").GetInt64())
                : throw Corrupt(path, $"it is of checkpoint '{checkpoint.Id}' of task '{checkpoint.TaskId}'");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or FileNotFoundException)
        {
            throw Corrupt(path, $"it cannot be read ({e.Message.TrimEnd('.')})", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpenCodeException(OpenCodeError.StoreUnavailable, $"The file '{path}' cannot be read: {e.Message} Check its permissions.", path, e);
        }
    }

    /// <summary>Reads every file of a checkpoint and compares it with the manifest.</summary>
    /// <exception cref="OpenCodeException">StateCorrupt: names the file that is missing or differs.</exception>
    public static void Verify(TaskFolder folder, Checkpoint checkpoint)
    {
        foreach (var file in checkpoint.Files)
        {
            var path = FileOf(folder, checkpoint, file);
            if (!File.Exists(folder.Contained(path)))
            {
                throw Corrupt(path, "it is missing");
            }

            using var stream = File.OpenRead(path);
            if (stream.Length != file.Bytes || Convert.ToHexStringLower(SHA256.HashData(stream)) != file.Sha256)
            {
                throw Corrupt(path, "it differs from what the manifest says");
            }
        }
    }

    /// <summary>Puts the log and the decisions of a checkpoint in the place of the present ones. Again has the same outcome.</summary>
    public void RestoreLayers(TaskLock held, TaskFolder folder, Checkpoint checkpoint)
    {
        held.Cover(folder);
        Verify(folder, checkpoint);
        foreach (var file in checkpoint.Files.Where(f => f.Name != Path.GetFileName(folder.State)))
        {
            var target = folder.Contained(Path.Combine(folder.Root, file.Name));
            var temporary = target + AtomicFile.TemporarySuffix;
            try
            {
                AtomicFile.RemoveLink(temporary);
                CopyHashed(FileOf(folder, checkpoint, file), temporary, durable);
                File.Move(temporary, target, overwrite: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw AtomicFile.Failed(target, e);
            }

            probe.At(Step.LayerRestored);
        }
    }

    /// <summary>Removes a checkpoint's folder.</summary>
    public static void Remove(TaskLock held, TaskFolder folder, string checkpointId)
    {
        held.Cover(folder);
        var path = folder.Checkpoint(checkpointId);
        folder.Contained(folder.Checkpoints);
        try
        {
            if (TaskFolder.IsLink(path))
            {
                File.Delete(path); // the link, never what it leads to
            }
            else if (Directory.Exists(path))
            {
                // Under its unfinished name it is nobody's, should this process die before the last file is gone.
                var leaving = Path.Combine(folder.Checkpoints, Unfinished + checkpointId);
                Directory.Move(path, leaving);
                Directory.Delete(leaving, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpenCodeException(OpenCodeError.StoreUnavailable, $"The checkpoint '{path}' could not be removed: {e.Message} Check its permissions, then repeat.", path, e);
        }
    }

    /// <summary>The path of a file of a checkpoint.</summary>
    public static string FileOf(TaskFolder folder, Checkpoint checkpoint, CheckpointFile file)
    {
        // Of the three names this version writes: a manifest does not decide which files are read or replaced.
        string[] known = [Path.GetFileName(folder.State), Path.GetFileName(folder.Logs), Path.GetFileName(folder.Decisions)];
        return known.Contains(file.Name, StringComparer.Ordinal)
            ? Path.Combine(folder.Checkpoint(checkpoint.Id), file.Name)
            : throw Corrupt(checkpoint.Manifest, $"it names the file '{file.Name}', which no checkpoint has");
    }

    private static CheckpointFile CopyHashed(string source, string target, bool durable)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var from = File.OpenHandle(source, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        using var to = File.OpenHandle(target, FileMode.Create, FileAccess.Write);
        var buffer = ArrayPool<byte>.Shared.Rent(256 * 1024);
        try
        {
            long total = 0;
            int read;
            while ((read = RandomAccess.Read(from, buffer, total)) > 0)
            {
                hash.AppendData(buffer, 0, read);
                RandomAccess.Write(to, buffer.AsSpan(0, read), total);
                total += read;
            }

            if (durable)
            {
                RandomAccess.FlushToDisk(to);
            }

            return new CheckpointFile(Path.GetFileName(source), total, Convert.ToHexStringLower(hash.GetHashAndReset()));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static byte[] FormatManifest(Checkpoint checkpoint, long seq)
    {
        using var rest = JsonDocument.Parse(WriteManifest(checkpoint, seq, null));
        return WriteManifest(checkpoint, seq, CanonicalJson.Checksum(rest.RootElement));
    }

    private static byte[] WriteManifest(Checkpoint checkpoint, long seq, string? checksum)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            writer.WriteString("id", checkpoint.Id);
            writer.WriteString("taskId", checkpoint.TaskId);
            writer.WriteString("timestamp", Words.Of(checkpoint.Timestamp));
            writer.WriteString("description", checkpoint.Description);
            writer.WriteString("parent", checkpoint.Parent);
            writer.WriteNumber("seq", seq);
            writer.WriteStartArray("files");
            foreach (var file in checkpoint.Files)
            {
                writer.WriteStartObject();
                writer.WriteString("name", file.Name);
                writer.WriteNumber("bytes", file.Bytes);
                writer.WriteString("sha256", file.Sha256);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            if (checksum is not null)
            {
                writer.WriteString("checksum", checksum);
            }

            writer.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private static OpenCodeException Corrupt(string path, string reason, Exception? cause = null) => new(
        OpenCodeError.StateCorrupt,
        $"The checkpoint file '{path}' is damaged: {reason}. It was not used and not changed. Use another checkpoint of the task.",
        path,
        cause);
}
