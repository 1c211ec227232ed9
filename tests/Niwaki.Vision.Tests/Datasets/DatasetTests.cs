namespace Niwaki.Vision.Tests;

public sealed class DatasetTests : IDisposable
{
    private static readonly string[] Five = ["a", "b", "c", "d", "e"];

    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_folder_of_images_and_masks_is_read_in_order()
    {
        Fill();
        var source = DataSources.Detect(folder.Path, new Vocabulary(typeof(DataSources).Assembly));
        Assert.IsType<FolderDataSource>(source);
        Assert.Equal(["land", "water"], source.Classes().Select(item => item.Name));
        var set = source.Open(Split.Train);
        Assert.Equal(5, set.Count);
        var sample = set.Load(2);
        Assert.Equal("c", sample.Id);
        Assert.Equal((8, 6), (sample.Labels!.Width, sample.Labels.Height));
        Assert.Equal([0, 48], set.ClassPixels(2));
        Assert.Equal(1, source.Open(Split.Validation).Count);
    }

    [Fact]
    public void Validation_may_be_spelt_out_but_not_twice()
    {
        Fill();
        Directory.Move(folder["val"], folder["validation"]);
        Assert.Equal(1, Source.Open(Split.Validation).Count);
        Directory.CreateDirectory(folder["val"]);
        Assert.Contains("both", Fails(Split.Validation));
    }

    [Fact]
    public void A_limit_spreads_over_the_split()
    {
        Fill();
        var set = (Source with { Limit = 2 }).Open(Split.Train);
        Assert.Equal(["a", "c"], Enumerable.Range(0, set.Count).Select(i => set.Load(i).Id));
        Assert.Throws<StageException>(() => (Source with { Limit = 0 }).Open(Split.Train));
    }

    [Fact]
    public void Missing_classes_say_what_to_write_and_a_legend_replaces_them()
    {
        Fill();
        File.Delete(folder["classes.json"]);
        var message = Assert.Throws<StageException>(() => Source.Classes()).Message;
        Assert.Contains("classes.json", message);
        Assert.Contains("\"name\"", message);
        Assert.Equal(2, (Source with { Legend = [new("x", "#000000"), new("y", "#ffffff")] }).Classes().Count);
    }

    [Theory]
    [InlineData("""[]""", "0 classes")]
    [InlineData("""[{"name": "a", "color": "red"}]""", "red")]
    [InlineData("""[{"name": "a", "color": "#000000"}, {"name": "a", "color": "#000000"}]""", "'a'")]
    [InlineData("""[{"name": "a", "colour": "#000000"}]""", "colour")]
    [InlineData("""{""", "classes.json")]
    public void Wrong_classes_are_reported(string json, string told)
    {
        Fill();
        folder.Write("classes.json", json);
        Assert.Contains(told, Assert.Throws<StageException>(() => Source.Classes()).Message);
    }

    [Fact]
    public void Missing_masks_and_missing_images_are_named()
    {
        Fill();
        File.Delete(folder["train/masks/b.png"]);
        Assert.Contains(" b.", Fails(Split.Train));
        File.Delete(folder["train/images/b.jpg"]);
        File.Delete(folder["train/images/d.jpg"]);
        Assert.Contains(" d.", Fails(Split.Train));
    }

    [Fact]
    public void Two_images_of_one_name_are_named()
    {
        Fill();
        folder.Write("train/images/a.png", ImageCodec.EncodePng(Pictures.Flat(8, 6, 1, 1, 1)));
        Assert.Contains("a.jpg and a.png", Fails(Split.Train));
    }

    [Fact]
    public void A_mask_of_another_size_is_named_before_anything_is_decoded()
    {
        Fill();
        folder.Write("train/masks/e.png", TestPng.Grey(6, 8, 1));
        var message = Fails(Split.Train);
        Assert.Contains("e.png", message);
        Assert.Contains("6x8", message);
        Assert.Contains("8x6", message);
    }

    [Fact]
    public void The_size_of_a_turned_image_is_its_upright_one()
    {
        Fill();
        folder.Write("train/images/e.jpg", TestJpeg.Oriented(ImageCodec.EncodeJpeg(Pictures.Flat(8, 6, 1, 1, 1)), 6));
        Assert.Contains("6x8", Fails(Split.Train));
        folder.Write("train/masks/e.png", TestPng.Grey(6, 8, 1));
        Assert.Equal(6, Source.Open(Split.Train).Load(4).Image.Width);
    }

    [Fact]
    public void An_unknown_value_is_reported_with_file_place_and_value()
    {
        Fill();
        folder.Write("train/masks/d.png", TestPng.Write(8, 6, 8, 0, [.. Enumerable.Range(0, 48).Select(i => i == 11 ? 37 : 255)]));
        var set = Source.Open(Split.Train);
        var message = Assert.Throws<StageException>(() => set.Load(3)).Message;
        Assert.Contains("d.png: pixel (3, 1) holds 37", message);
        Assert.Contains("d.png", Assert.Throws<StageException>(() => set.ClassPixels(3)).Message);
    }

    [Fact]
    public void A_png_renamed_to_jpg_is_read_and_a_cut_jpeg_is_named()
    {
        Fill();
        folder.Write("train/images/a.jpg", ImageCodec.EncodePng(Pictures.Flat(8, 6, 9, 8, 7)));
        var whole = ImageCodec.EncodeJpeg(Pictures.Noise(8, 6, 1));
        folder.Write("train/images/b.jpg", whole.AsSpan(0, whole.Length - 40));
        var set = Source.Open(Split.Train);
        Assert.Equal((9, 8, 7), set.Load(0).Image.At(0, 0));
        Assert.Contains("b.jpg", Assert.Throws<StageException>(() => set.Load(1)).Message);
    }

    [Fact]
    public void Huge_and_broken_headers_are_named_at_once()
    {
        Fill();
        folder.Write("train/images/a.jpg", TestPng.Claiming(20_000, 20_000));
        folder.Write("train/images/c.jpg", "no picture");
        var message = Fails(Split.Train);
        Assert.Contains("20000x20000", message);
        Assert.Contains("c.jpg", message);
    }

    [Theory]
    [InlineData("images/a.jpg")]
    [InlineData("masks/a.png")]
    public void A_sparse_file_of_2_GB_is_refused_without_reading_it(string name)
    {
        Fill();
        folder.Write($"train/{name}", TestPng.Grey(8, 6, 1));
        using (var stream = File.OpenWrite(folder[$"train/{name}"]))
            stream.SetLength(2L << 30);
        var set = Source.Open(Split.Train);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var problem = Assert.Throws<StageException>(() => set.Load(0)).Message;
        Assert.Contains(name, problem);
        Assert.Contains("which no picture", problem);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        folder.Write($"train/{name}", "");
        using (var stream = File.OpenWrite(folder[$"train/{name}"]))
            stream.SetLength(2L << 30);
        Assert.Contains(name, Fails(Split.Train));
    }

    [Theory]
    [InlineData("with space")]
    [InlineData("naïve 庭木 🌲")]
    [InlineData("[red]markup[-]")]
    [InlineData("quote\"and'back\\slash")]
    [InlineData("per%20cent#and&more")]
    [InlineData("line\nbreak")]
    [InlineData("-rf")]
    [InlineData("two.dots.in")]
    public void Pictures_with_odd_names_are_read_with_their_masks(string name)
    {
        Fill();
        folder.Write($"train/images/{name}.jpg", ImageCodec.EncodePng(Pictures.Flat(8, 6, 9, 8, 7)));
        folder.Write($"train/masks/{name}.png", TestPng.Grey(8, 6, 1));
        var set = Source.Open(Split.Train);
        var sample = Assert.Single(Enumerable.Range(0, set.Count).Select(set.Load), sample => sample.Id == name);
        Assert.Equal((9, 8, 7), sample.Image.At(0, 0));
        Assert.Equal(64, Source.Digest().Length);
    }

    [Fact]
    public void Classes_with_null_or_deep_nesting_are_reported()
    {
        Fill();
        folder.Write("classes.json", "[null]");
        Assert.Contains("null as a class", Assert.Throws<StageException>(() => Source.Classes()).Message);
        folder.Write("classes.json", new string('[', 100_000));
        Assert.Contains("classes.json", Assert.Throws<StageException>(() => Source.Classes()).Message);
    }

    [Fact]
    public void An_empty_split_is_told_from_a_missing_one()
    {
        Fill();
        foreach (var path in Directory.GetFiles(folder["val"], "*", SearchOption.AllDirectories))
            File.Delete(path);
        Assert.Contains("no picture", Fails(Split.Validation));
        Directory.Delete(folder["val"], recursive: true);
        Assert.Contains("does not exist", Fails(Split.Validation));
        Assert.Contains("does not exist", Assert.Throws<StageException>(() => new FolderDataSource(folder["nowhere"]).Open(Split.Train)).Message);
    }

    [Fact]
    public void The_digest_follows_files_classes_and_limit()
    {
        Fill();
        HashSet<string> digests = [Source.Digest()];
        Assert.Contains(Source.Digest(), digests);
        Assert.True(digests.Add((Source with { Limit = 3 }).Digest()));
        Assert.True(digests.Add((Source with { Legend = [new("x", "#000000"), new("y", "#ffffff")] }).Digest()));
        File.SetLastWriteTimeUtc(folder["train/masks/a.png"], DateTime.UnixEpoch);
        Assert.True(digests.Add(Source.Digest()));
        folder.Write("val/images/v.jpg", ImageCodec.EncodeJpeg(Pictures.Noise(8, 6, 8)));
        Assert.True(digests.Add(Source.Digest()));
    }

    [Fact]
    public void The_lpcv_layout_is_found_with_its_14_classes()
    {
        foreach (var split in new[] { "train", "val" })
        {
            folder.Write($"IMG/{split}/1.png", ImageCodec.EncodePng(Pictures.Flat(4, 4, 1, 1, 1)));
            folder.Write($"GT/{split}/1.png", TestPng.Write(4, 4, 8, 2, [.. Enumerable.Repeat(13, 48)]));
        }

        var source = DataSources.Detect(folder.Path, new Vocabulary(typeof(DataSources).Assembly));
        Assert.IsType<LpcvDataSource>(source);
        Assert.Equal(14, source.Classes().Count);
        Assert.Equal(16, source.Open(Split.Validation).ClassPixels(0)[13]);
        Assert.Equal(source.Digest(), new LpcvDataSource(folder.Path).Digest());
    }

    [Fact]
    public void Pictures_without_masks_are_a_dataset_too()
    {
        folder.Write("field/one.jpg", ImageCodec.EncodeJpeg(Pictures.Flat(4, 4, 1, 1, 1)));
        folder.Write("two.png", ImageCodec.EncodePng(Pictures.Flat(5, 4, 1, 1, 1)));
        folder.Write("notes.txt", "not a picture");
        var source = DataSources.Detect(folder.Path, new Vocabulary(typeof(DataSources).Assembly));
        var set = Assert.IsType<UnlabelledDataSource>(source).Open(Split.Train);
        Assert.Equal(2, set.Count);
        Assert.Null(set.Load(0).Labels);
        Assert.Contains("no picture", Assert.Throws<StageException>(() => new UnlabelledDataSource(Directory.CreateDirectory(folder["empty"]).FullName).Open(Split.Train)).Message);
    }

    [Fact]
    public void The_unlabelled_pictures_of_a_labelled_folder_are_its_images()
    {
        Fill();
        Assert.Equal(5, new UnlabelledDataSource(folder.Path).Open(Split.Train).Count);
    }

    [Fact]
    public void A_data_source_is_also_found_by_json_and_by_name()
    {
        var vocabulary = new Vocabulary(typeof(DataSources).Assembly);
        Assert.Equal(new LpcvDataSource("x") { Limit = 2 }, DataSources.Detect("""{"kind": "lpcv", "root": "x", "limit": 2}""", vocabulary));
        Assert.Equal(new LpcvDataSource("x"), DataSources.Detect(folder.Write("data.json", """{"kind": "lpcv", "root": "x"} // the field"""), vocabulary));
        Assert.Contains("lpcv", Assert.Throws<StageException>(() => DataSources.Detect("nowhere", vocabulary)).Message);
        Assert.Contains("layout", Assert.Throws<StageException>(() => DataSources.Detect(Directory.CreateDirectory(folder["void"]).FullName, vocabulary)).Message);
    }

    [Theory]
    [InlineData("flood", 2, 194, 36)]
    [InlineData("camvid", 11, 367, 101)]
    public void Real_photographs_load_with_a_legend(string name, int classes, int train, int validation)
    {
        var source = new FolderDataSource(Shared.Data(name)) { Legend = [.. Enumerable.Range(0, classes).Select(i => new ClassInfo($"{i}", "#000000"))] };
        var set = source.Open(Split.Train);
        Assert.Equal((train, validation), (set.Count, source.Open(Split.Validation).Count));
        for (var i = 0; i < set.Count; i += 40)
            Assert.Equal(set.Load(i).Labels!.Labels.Count(label => label == 1), set.ClassPixels(i)[1]);
    }

    private FolderDataSource Source => new(folder.Path);

    private string Fails(Split split) => Assert.Throws<StageException>(() => Source.Open(split)).Message;

    private void Fill()
    {
        folder.Write("classes.json", """[{"name": "land", "color": "#404040"}, {"name": "water", "color": "#2f6fde"}]""");
        foreach (var name in Five)
        {
            folder.Write($"train/images/{name}.jpg", ImageCodec.EncodeJpeg(Pictures.Flat(8, 6, 100, 50, 20)));
            folder.Write($"train/masks/{name}.png", TestPng.Grey(8, 6, 1));
        }

        folder.Write("val/images/v.jpg", ImageCodec.EncodeJpeg(Pictures.Flat(8, 6, 100, 50, 20)));
        folder.Write("val/masks/v.png", TestPng.Grey(8, 6, 0));
    }
}
