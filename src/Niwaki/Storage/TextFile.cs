namespace Niwaki;

/// <summary>Reads JSON that may come from anywhere, without believing that it is small.</summary>
internal static class TextFile
{
    // nothing that is written here comes near it
    private const int MaxBytes = 64 << 20;

    /// <summary>The whole text.</summary>
    /// <exception cref="StageException">It cannot be read, or is larger than any that is written here.</exception>
    public static string Read(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            using var bytes = new MemoryStream();
            var chunk = new byte[1 << 16];
            // a device or a pipe has no length to ask for
            for (var count = 0; (count = stream.Read(chunk)) > 0;)
            {
                bytes.Write(chunk, 0, count);
                if (bytes.Length > MaxBytes || (stream.CanSeek && stream.Length > MaxBytes))
                    throw new StageException($"{path}: has more than {new Bytes(MaxBytes)}, which no file of this name needs. Copy the right file again.");
            }

            bytes.Position = 0;
            using var reader = new StreamReader(bytes);
            return reader.ReadToEnd();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new StageException($"{path}: could not be read ({problem.Message}).", problem);
        }
    }
}
