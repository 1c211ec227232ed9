namespace Niwaki.Vision.Tests.Synthetic;

public sealed class SyntheticScenesTests
{
    private static readonly SyntheticDataSource Few = new() { Width = 48, Height = 32, Train = 6, Validation = 2, Seed = 4 };

    [Fact]
    public void The_folder_is_a_dataset_with_the_same_pixels()
    {
        using var folder = new TestFolder();
        var log = new TestLog();
        SyntheticScenes.Write(folder["out"], Few, log, cancel: TestContext.Current.CancellationToken);
        var data = Assert.IsType<FolderDataSource>(DataSources.Detect(folder["out"], new Vocabulary(typeof(FolderDataSource).Assembly)));
        Assert.Equal(LpcvClasses.All, data.Classes());
        foreach (var split in (Split[])[Split.Train, Split.Validation])
        {
            var (written, drawn) = (data.Open(split), Few.Open(split));
            Assert.Equal(drawn.Count, written.Count);
            for (var i = 0; i < drawn.Count; i++)
            {
                Assert.Equal(drawn.Load(i).Image.Pixels, written.Load(i).Image.Pixels);
                Assert.Equal(drawn.Load(i).Labels!.Labels, written.Load(i).Labels!.Labels);
            }
        }

        Assert.Equal(1, log.Done["scenes"]);
    }

    [Fact]
    public void Pictures_can_be_JPEG_and_masks_stay_exact()
    {
        using var folder = new TestFolder();
        Write(folder["out"], Few, SceneFormat.Jpeg);
        var written = new FolderDataSource(folder["out"]).Open(Split.Validation).Load(1);
        Assert.True(File.Exists(folder["out/val/images/000001.jpg"]));
        Assert.Equal(Few.Open(Split.Validation).Load(1).Labels!.Labels, written.Labels!.Labels);
    }

    [Fact]
    public void The_same_call_again_writes_only_what_is_missing()
    {
        using var folder = new TestFolder();
        Write(folder["out"], Few);
        var (kept, lost) = (folder["out/train/images/000002.png"], folder["out/train/masks/000003.png"]);
        var mark = new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(kept, mark);
        File.Delete(lost);
        Write(folder["out"], Few);
        Assert.Equal(mark, File.GetLastWriteTimeUtc(kept));
        Assert.Equal(Few.Open(Split.Train).Load(3).Labels!.Labels, ImageCodec.DecodeMask(lost).Labels);
    }

    [Fact]
    public void Stopped_in_between_it_is_no_dataset_yet_and_resumes()
    {
        using var folder = new TestFolder();
        using var stop = new StoppingLog(3);
        Assert.ThrowsAny<OperationCanceledException>(() => SyntheticScenes.Write(folder["out"], Few, stop, cancel: stop.Token));
        Assert.False(File.Exists(folder["out/classes.json"]));
        Assert.InRange(Directory.GetFiles(folder["out/train/masks"]).Length, 3, 6);
        Write(folder["out"], Few);
        Assert.Equal(6, new FolderDataSource(folder["out"]).Open(Split.Train).Count);
    }

    [Fact]
    public void It_mixes_with_nothing_else()
    {
        using var folder = new TestFolder();
        Write(folder["out"], Few);
        Assert.Contains("other options", Assert.Throws<StageException>(() => Write(folder["out"], Few with { Seed = 5 })).Message, StringComparison.Ordinal);
        folder.Write("mine/diary.txt", "precious");
        Assert.Contains("not empty", Assert.Throws<StageException>(() => Write(folder["mine"], Few)).Message, StringComparison.Ordinal);
        folder.Write("file", "x");
        Assert.Contains("is a file", Assert.Throws<StageException>(() => Write(folder["file"], Few)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_count_is_shared_between_training_and_validation()
    {
        Assert.Equal((90, 10), (SyntheticScenes.Of(100).Train, SyntheticScenes.Of(100).Validation));
        Assert.Equal((1, 1), (SyntheticScenes.Of(2).Train, SyntheticScenes.Of(2).Validation));
        Assert.Throws<StageException>(() => SyntheticScenes.Of(1));
    }

    [Fact]
    public void A_contact_sheet_shows_each_picture_with_its_coloured_mask()
    {
        var image = Pictures.Flat(8, 6, 200, 100, 50);
        var labels = Pictures.Labels(8, 6, (x, _) => x < 4 ? 7 : 255);
        Sample[] samples = [new("a", image, labels), new("b", image, null), new("c", image, labels)];
        var sheet = ImageCodec.Decode(ContactSheet.Png(samples, LpcvClasses.All, columns: 2, zoom: 3), "sheet");
        Assert.Equal(((2 * ((2 * 24) + 5)) + 4, (2 * (18 + 4)) + 4), (sheet.Width, sheet.Height));
        Assert.Equal((200, 100, 50), sheet.At(4, 4));
        Assert.Equal((200, 100, 50), sheet.At(27, 21));
        Assert.Equal((0x2f, 0x6f, 0xde), sheet.At(29, 4));
        Assert.Equal((0, 0, 0), sheet.At(29 + 23, 4));
        Assert.Equal((200, 100, 50), sheet.At(4, 26));
    }

    [Fact]
    public void The_sheet_lies_beside_the_dataset_when_asked_for()
    {
        using var folder = new TestFolder();
        Write(folder["out"], Few, sheet: 3);
        Assert.True(ImageCodec.SizeOf(folder["out/contact-sheet.png"]).Width > 3 * 2 * 48);
        Assert.Equal(6, new FolderDataSource(folder["out"]).Open(Split.Train).Count);
    }

    private static void Write(string folder, SyntheticDataSource source, SceneFormat format = SceneFormat.Png, int sheet = 0) =>
        SyntheticScenes.Write(folder, source, new TestLog(), format, sheet, TestContext.Current.CancellationToken);

    private sealed class StoppingLog(double after) : IStageLog, IDisposable
    {
        private readonly CancellationTokenSource stop = new();

        public CancellationToken Token => stop.Token;

        public void Say(string message)
        {
        }

        public void Progress(string work, double done, double total, string? detail = null)
        {
            if (done >= after)
                stop.Cancel();
        }

        public void Dispose() => stop.Dispose();
    }
}
