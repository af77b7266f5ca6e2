// What jsforce does, unmodified, against the local org that ORG in the environment tells of.

const assert = require("node:assert/strict");
const { before, test } = require("node:test");
const { Connection, OAuth2 } = require("jsforce");

const org = JSON.parse(process.env.ORG);
const oauth2 = { loginUrl: org.loginUrl, clientId: org.clientId, clientSecret: org.clientSecret, redirectUri: org.redirectUri };
const version = "66.0";

const named = (name) => (error) => error.name === name && error.errorCode === name;

let conn;

before(() => {
  conn = new Connection({ instanceUrl: org.instanceUrl, accessToken: org.accessToken, version });
});

test("logs in with a username and a password", async () => {
  const login = new Connection({ oauth2, version });
  const user = await login.login(org.username, org.password);
  assert.match(user.id, /^005/);
  assert.match(user.organizationId, /^00D/);
  assert.equal(login.instanceUrl, org.instanceUrl);
  assert.equal((await login.query("SELECT Id FROM User LIMIT 1")).totalSize, 1);
});

test("is told that a password is wrong", async () => {
  const login = new Connection({ oauth2, version });
  await assert.rejects(login.login("nobody@nowhere.example", "wrong"), { name: "invalid_grant", message: "authentication failure" });
});

test("redeems a code with PKCE, and refreshes an expired session with a token that rotates", async () => {
  const flow = new OAuth2(oauth2);
  const tokens = await flow.requestToken(org.code, { code_verifier: org.codeVerifier });
  const expired = new Connection({ oauth2, version, instanceUrl: tokens.instance_url, accessToken: "expired", refreshToken: tokens.refresh_token });
  let rotated;
  expired.on("refresh", (accessToken, answer) => { rotated = answer.refresh_token; });
  assert.equal((await expired.query("SELECT Id FROM Account LIMIT 1")).totalSize, 1);
  assert.ok(rotated && rotated !== tokens.refresh_token);
  await assert.rejects(flow.refreshToken(tokens.refresh_token), { name: "invalid_grant" });
});

test("logs in with client credentials", async () => {
  const login = new Connection({ oauth2: { ...oauth2, loginUrl: org.instanceUrl }, version });
  await login.authorize({ grant_type: "client_credentials" });
  assert.equal((await login.query("SELECT Id FROM Account LIMIT 1")).totalSize, 1);
});

test("revokes its session at logout", async () => {
  const login = new Connection({ oauth2, version });
  await login.login(org.username, org.password);
  const { accessToken, instanceUrl } = login;
  await login.logout();
  const after = new Connection({ instanceUrl, accessToken, version });
  await assert.rejects(after.query("SELECT Id FROM Account"), named("INVALID_SESSION_ID"));
});

test("learns who it is", async () => {
  const me = await conn.identity();
  assert.equal(me.username, org.username);
  assert.equal(me.user_id, conn.userInfo.id);
  assert.ok(me.urls.rest);
});

test("queries a page, the next pages by hand, and all pages by itself", async () => {
  const options = { headers: { "Sforce-Query-Options": "batchSize=200" } };
  const soql = "SELECT Id, Name FROM Opportunity ORDER BY Id";
  const first = await conn.query(soql, options);
  assert.equal(first.done, false);
  assert.equal(first.records.length, 200);
  const second = await conn.queryMore(first.nextRecordsUrl, options);
  assert.equal(second.totalSize, first.totalSize);
  assert.notEqual(second.records[0].Id, first.records[0].Id);
  const all = await conn.query(soql, { ...options, autoFetch: true, maxFetch: 10_000 });
  assert.equal(all.records.length, all.totalSize);
  assert.equal(new Set(all.records.map((row) => row.Id)).size, all.totalSize);
});

test("builds SOQL itself, with parents, children and dates", async () => {
  const made = await conn.sobject("Account").create({ Name: "Builder & Söhne's" });
  await conn.sobject("Contact").create({ LastName: "Below", AccountId: made.id });
  const rows = await conn.sobject("Account")
    .find({ Name: { $like: "Builder & Söhne's" }, CreatedDate: { $gte: conn.constructor.prototype && new (require("jsforce").SfDate)("TODAY") } }, "Id, Name, Owner.Name")
    .include("Contacts").select("LastName").orderby("LastName").end()
    .limit(5).execute();
  assert.equal(rows.length, 1);
  assert.equal(rows[0].Contacts.records[0].LastName, "Below");
  assert.ok(rows[0].Owner.Name);
  const everything = await conn.sobject("Account").findOne({ Id: made.id }, "*");
  assert.equal(everything.Name, "Builder & Söhne's");
  assert.equal(await conn.sobject("Account").count({ Id: made.id }), 1);
});

test("creates, reads, updates and deletes a record", async () => {
  const made = await conn.sobject("Account").create({ Name: "By jsforce" });
  assert.deepEqual([made.success, made.errors], [true, []]);
  assert.equal((await conn.sobject("Account").retrieve(made.id)).Name, "By jsforce");
  assert.deepEqual(await conn.sobject("Account").retrieve(made.id, { fields: ["Name"] }).then((row) => row.Name), "By jsforce");
  assert.equal((await conn.sobject("Account").update({ Id: made.id, Industry: "Energy" })).success, true);
  assert.equal((await conn.sobject("Account").retrieve(made.id)).Industry, "Energy");
  assert.equal((await conn.sobject("Account").destroy(made.id)).success, true);
  await assert.rejects(conn.sobject("Account").retrieve(made.id), (error) => ["ENTITY_IS_DELETED", "NOT_FOUND"].includes(error.name));
});

test("writes many records with one call each time", async () => {
  const made = await conn.sobject("Lead").create([{ LastName: "Een", Company: "One" }, { LastName: "Twee" }]);
  assert.equal(made[0].success, true);
  assert.equal(made[1].errors[0].statusCode, "REQUIRED_FIELD_MISSING");
  const changed = await conn.sobject("Lead").update([{ Id: made[0].id, Company: "Two" }]);
  assert.equal(changed[0].success, true);
  const read = await conn.sobject("Lead").retrieve([made[0].id, "00Q000000000000AAA"], { fields: ["Company"] });
  assert.equal(read[0].Company, "Two");
  assert.equal(read[1], null);
  assert.equal((await conn.sobject("Lead").destroy([made[0].id]))[0].success, true);
});

test("upserts one record and many by an external id", async () => {
  const first = await conn.sobject("Account").upsert({ Key__c: "K-1", Name: "First" }, "Key__c");
  assert.equal(first.created, true);
  const again = await conn.sobject("Account").upsert({ Key__c: "K-1", Name: "Again" }, "Key__c");
  assert.deepEqual([again.created, again.id], [false, first.id]);
  const many = await conn.sobject("Account").upsert([{ Key__c: "K-1", Name: "Third" }, { Key__c: "K-2", Name: "New" }], "Key__c");
  assert.deepEqual(many.map((item) => item.created), [false, true]);
});

test("is told what was deleted and updated, and what was looked at", async () => {
  const kept = await conn.sobject("Account").create({ Name: "Kept" });
  const gone = await conn.sobject("Account").create({ Name: "Gone" });
  await conn.sobject("Account").destroy(gone.id);
  const [start, end] = [new Date(Date.now() - 3_600_000), new Date(Date.now() + 60_000)];
  const deleted = await conn.sobject("Account").deleted(start, end);
  assert.ok(deleted.deletedRecords.some((item) => item.id === gone.id));
  const updated = await conn.sobject("Account").updated(start, end);
  assert.ok(updated.ids.includes(kept.id));
  assert.ok(!updated.ids.includes(gone.id));
  assert.equal((await conn.recent(1)).length, 1);
});

test("describes everything and one object", async () => {
  const all = await conn.describeGlobal();
  assert.ok(all.sobjects.some((item) => item.name === "Contact"));
  const account = await conn.sobject("Account").describe();
  assert.ok(account.childRelationships.some((item) => item.relationshipName === "Contacts"));
  assert.equal(account.fields.find((item) => item.name === "Name").length, 255);
});

test("searches", async () => {
  await conn.sobject("Account").create({ Name: "Jsforcery Ombrelle" });
  const { searchRecords } = await conn.search("FIND {Ombrelle} IN NAME FIELDS RETURNING Account(Id, Name)");
  assert.deepEqual(searchRecords.map((row) => row.Name), ["Jsforcery Ombrelle"]);
});

test("sends composite requests and trees through its plain door", async () => {
  const composite = await conn.requestPost("/composite", {
    allOrNone: true,
    compositeRequest: [
      { method: "POST", url: `/services/data/v${version}/sobjects/Account`, referenceId: "refAcc", body: { Name: "C" } },
      { method: "POST", url: `/services/data/v${version}/sobjects/Contact`, referenceId: "refCon", body: { LastName: "D", AccountId: "@{refAcc.id}" } },
    ],
  });
  assert.deepEqual(composite.compositeResponse.map((item) => item.httpStatusCode), [201, 201]);
  const tree = await conn.requestPost("/composite/tree/Account", {
    records: [{ attributes: { type: "Account", referenceId: "a" }, Name: "T", Contacts: { records: [{ attributes: { type: "Contact", referenceId: "c" }, LastName: "U" }] } }],
  });
  assert.deepEqual([tree.hasErrors, tree.results.length], [false, 2]);
});

test("runs reports and dashboards", async () => {
  const reports = await conn.analytics.reports();
  assert.ok(reports.length > 0);
  const report = conn.analytics.report(reports[0].id);
  assert.equal((await report.describe()).reportMetadata.id, reports[0].id);
  const result = await report.execute({ details: true });
  assert.ok(result.factMap["T!T"]);
  const metadata = { reportMetadata: { ...result.reportMetadata, reportFilters: [] } };
  assert.ok((await report.execute({ metadata })).factMap["T!T"]);
  const dashboards = await conn.analytics.dashboards();
  assert.ok((await conn.analytics.dashboard(dashboards[0].id).components()).componentData.length > 0);
});

test("reads limits, and counts its calls by the header", async () => {
  const limits = await conn.limits();
  assert.ok(limits.DailyApiRequests.Remaining <= limits.DailyApiRequests.Max);
  assert.equal(conn.limitInfo.apiUsage.limit, limits.DailyApiRequests.Max);
});

test("explains a query", async () => {
  const { plans } = await conn.query("SELECT Id FROM Account WHERE Name = 'x'").explain();
  assert.equal(plans[0].sobjectType, "Account");
});

test("names errors by their codes", async () => {
  await assert.rejects(conn.query("SELECT Naem FROM Account"), named("INVALID_FIELD"));
  await assert.rejects(conn.query("SELECT FROM Account"), named("MALFORMED_QUERY"));
  await assert.rejects(conn.query("SELECT Id FROM Acount"), named("INVALID_TYPE"));
  await assert.rejects(conn.search("FIND nothing"), named("MALFORMED_SEARCH"));
  await assert.rejects(conn.sobject("Acount").describe(), named("NOT_FOUND"));
  await assert.rejects(conn.sobject("Contact").create({ FirstName: "No" }), (error) => named("REQUIRED_FIELD_MISSING")(error) && error.data.fields[0] === "LastName");
  await assert.rejects(conn.request("/no/such/place"), named("NOT_FOUND"));
});
