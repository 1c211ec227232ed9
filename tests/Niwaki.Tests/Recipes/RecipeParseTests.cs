namespace Niwaki.Tests;

public sealed class RecipeParseTests
{
    private static readonly Vocabulary Words = new(typeof(Sow).Assembly);

    [Fact]
    public void Comments_trailing_commas_and_a_schema_are_allowed()
    {
        var recipe = Recipe.Parse(
            """
            {
              "$schema": "./recipe.schema.json",
              "name": "garden", // a comment
              "seeds": [1, 2],
              "data": { "kind": "word", "word": "loam" },
              "steps": [
                { "name": "plant", "stage": { "kind": "sow", "size": 5, "soil": { "kind": "sand" } } },
                { "name": "small", "from": "plant", "stage": { "keep": 0.5, "kind": "cut" } },
              ]
            }
            """,
            "garden.json",
            Words);
        Assert.Equal(new Sow { Size = 5, Soil = new SandSoil() }, recipe.Steps[0].Stage);
        Assert.Equal(new Cut(0.5), recipe.Steps[1].Stage);
        Assert.Equal(new WordDataSource("loam"), recipe.Data);
        Assert.Equal([1, 2], recipe.Seeds);
        Assert.Equal(new ArtifactReference("plant"), recipe.Steps[1].From);
    }

    [Fact]
    public void A_written_recipe_reads_back_as_the_same_value()
    {
        var recipe = Recipe.ForNothing.Then("plant", new Sow { Layers = [new SandSoil(), new ClaySoil { Depth = 2 }] }).Then(new Cut(0.25)).Recipe;
        Assert.Equal(recipe, Recipe.Parse(Words.Write(recipe), "again", Words));
    }

    [Fact]
    public void An_option_that_is_switched_off_with_null_stays_off()
    {
        var recipe = Recipe.ForNothing.Then("plant", new Sow { Fence = null }).Recipe;
        Assert.Equal(recipe, Recipe.Parse(Words.Write(recipe), "again", Words));
        Assert.DoesNotContain("teacher", Words.Write(recipe));
    }

    [Theory]
    [InlineData("""{"name":"a","stpes":[]}""", "r.json: 'stpes' is no option of recipe; did you mean 'steps'? Known are")]
    [InlineData("""{"steps":[]}""", "r.json: recipe needs 'name', text.")]
    [InlineData("""{"name":"a","name":"b"}""", "r.json: 'name' is given twice.")]
    [InlineData("""[1]""", "r.json: a recipe is a JSON object")]
    [InlineData("""{"name":"a",""", "r.json, line 1: is not JSON")]
    [InlineData("""{"name":"a","seeds":["x"]}""", "r.json: seeds[0]: \"x\" is not a whole number.")]
    [InlineData("""{"name":"a","seeds":1}""", "r.json: seeds: 1 is not a list.")]
    [InlineData("""{"name":"a","data":{"kind":"wrod","word":"x"}}""", "r.json: data: 'wrod' is no data-source; did you mean 'word'? Known are word.")]
    [InlineData("""{"name":"a","data":"x"}""", "r.json: data: \"x\" is not an object such as { \"kind\": \"word\" }.")]
    [InlineData("""{"name":"a","steps":[{"name":"p","stage":{"kind":"sow","sizee":1}}]}""", "r.json: step 'p' (sow): 'sizee' is no option of sow; did you mean 'size'? Known are ")]
    [InlineData("""{"name":"a","steps":[{"name":"p","stage":{"kind":"sow","size":"big"}}]}""", "r.json: step 'p' (sow): size: \"big\" is not a whole number.")]
    [InlineData("""{"name":"a","steps":[{"name":"p","stage":{"kind":"sow","size":1.5}}]}""", "r.json: step 'p' (sow): size: 1.5 is not a whole number.")]
    [InlineData("""{"name":"a","steps":[{"name":"p","stage":{"kind":"sow","soil":{"kind":"clay","dept":1}}}]}""", "r.json: step 'p' (sow): soil: 'dept' is no option of clay; did you mean 'depth'? Known are depth.")]
    [InlineData("""{"name":"a","steps":[{"name":"p","stage":{"kind":"sow","layers":[{"kind":"clay"},{"depth":1}]}}]}""", "r.json: step 'p' (sow): layers[1]: a soil needs \"kind\": one of clay, sand.")]
    [InlineData("""{"name":"a","steps":[{"name":"p","stage":{"kind":"sows"}}]}""", "r.json: step 'p' (sows): 'sows' is no stage; did you mean 'sow'?")]
    [InlineData("""{"name":"a","steps":[{"name":"p","stage":{"kind":"cut"}}]}""", "r.json: step 'p' (cut): cut needs 'keep', a number.")]
    [InlineData("""{"name":"a","steps":[{"stage":{"kind":"sow"}}]}""", "r.json: step without a name (sow): recipe-step needs 'name', text.")]
    [InlineData("""{"name":"a","steps":[{"name":"g","stage":{"kind":"gate","budget":{"minMeanIou":"NaN"}}}]}""", "r.json: step 'g' (gate): budget.minMeanIoU: \"NaN\" is not a number.")]
    [InlineData("""{"name":"a","steps":[{"name":"g","stage":{"kind":"gate","budget":{"maxLatency":"3 parsecs"}}}]}""", "r.json: step 'g' (gate): budget.maxLatency: \"3 parsecs\" is not seconds or a duration such as \"30 ms\".")]
    public void A_mistake_is_told_with_its_place_and_what_is_allowed(string json, string message)
    {
        var problem = Assert.Throws<StageException>(() => Recipe.Parse(json, "r.json", Words));
        Assert.Contains(message, problem.Message);
    }

    [Fact]
    public void All_mistakes_are_told_at_once()
    {
        var problem = Assert.Throws<StageException>(() => Recipe.Parse("""{"nam":"a","steps":[{"name":"p","stage":{"kind":"sow","sizee":1,"ratte":2}}]}""", "r.json", Words));
        Assert.StartsWith("r.json: 4 problems:", problem.Message);
    }
}
