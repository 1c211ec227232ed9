using System.Globalization;

namespace Niwaki;

/// <summary>One process at a time in a folder. The system lifts the lock when the process ends, however it ends.</summary>
public sealed class FolderLock : IDisposable
{
    /// <summary>The file that is locked; it stays behind, without meaning.</summary>
    public const string LockFile = ".lock";

    // a locked file cannot be read by others
    private const string HolderSuffix = ".pid";

    // what the system says where another process has the file: EWOULDBLOCK, and a sharing violation
    private const int HeldOnLinux = 11;
    private const int HeldOnMacOS = 35;
    private const int HeldOnWindows = unchecked((int)0x80070020);

    private readonly FileStream stream;

    private FolderLock(string folder, FileStream stream) => (Folder, this.stream) = (folder, stream);

    /// <summary>The folder that is taken.</summary>
    public string Folder { get; }

    /// <summary>Takes the lock.</summary>
    /// <exception cref="StageException">Another process (or another run in this one) has it.</exception>
    public static FolderLock Take(string folder)
    {
        var path = Path.Combine(folder, LockFile);
        FileStream? stream = null;
        try
        {
            Directory.CreateDirectory(folder);
            stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.WriteAllText(path + HolderSuffix, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new FolderLock(folder, stream);
        }
        catch (IOException problem) when (problem.HResult is HeldOnLinux or HeldOnMacOS or HeldOnWindows)
        {
            throw new StageException($"{folder}: another run works in this folder (process {Holder(path)}). Wait for it, stop it, or choose another folder.", problem);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // a full disk: whoever tries again in this process must not meet the lock of the first try
            stream?.Dispose();
            throw new StageException($"{folder}: cannot be used as a folder ({problem.Message}). Choose another one.", problem);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    private static string Holder(string path)
    {
        try
        {
            return File.ReadAllText(path + HolderSuffix) is { Length: > 0 } id ? id : "unknown";
        }
        catch (IOException)
        {
            return "unknown";
        }
    }
}
