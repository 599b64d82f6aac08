export EDITOR='sed -i s/old/new/'
mkdir tools
cat > tools/use.yaml <<'END'
kind: tool
name: use
secrets: [GITHUB_PAT]
steps: [{id: show, run: 'echo "$GITHUB_PAT"'}]
END
printf '#!/bin/sh\n[ -n "$GITHUB_PAT" ]\n' > ../bin/gh
printf '#!/bin/sh\necho a-value-that-was-minted\n' > mint-token.sh
chmod +x ../bin/gh mint-token.sh
printf 'API_KEY=a-value-from-dotenv\n' > .env
lockstep init --member ada
printf %s "$TOKEN" | lockstep secret set GITHUB_PAT --allow exec
printf %s a-second-value | lockstep secret rotate GITHUB_PAT
printf %s the-old-certificate | lockstep secret set TLS_CERT --allow exec
git add vault && git commit --quiet --message vault
## before: lockstep member add
mkdir ../other && cd ../other && git init --quiet
lockstep init --member ada
printf %s "$TOKEN" | lockstep secret set GITHUB_PAT --allow exec
## before: sed
mkdir ../third && cd ../third && git init --quiet
ln -s "$XDG_CONFIG_HOME/lockstep/identity.txt" identity.txt
lockstep init --member ada
printf %s "$TOKEN" | lockstep secret set GITHUB_PAT --allow exec
