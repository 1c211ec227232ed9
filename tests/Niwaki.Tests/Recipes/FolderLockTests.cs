namespace Niwaki.Tests;

public sealed class FolderLockTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_try_that_failed_half_way_does_not_keep_the_lock()
    {
        // the holder's note cannot be written, as on a full disk
        Directory.CreateDirectory(folder.Of(FolderLock.LockFile + ".pid"));
        Assert.Contains("cannot be used as a folder", Assert.Throws<StageException>(() => FolderLock.Take(folder.Path)).Message);
        Directory.Delete(folder.Of(FolderLock.LockFile + ".pid"));
        FolderLock.Take(folder.Path).Dispose();
    }
}
