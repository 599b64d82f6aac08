export LOCKSTEP_IDENTITY_FILE=$PWD/../identity.txt GIT_EDITOR=true
ln -s ../identity.txt identity.txt
lockstep identity new --identity ../identity.txt
lockstep init --member alice --group prod
printf %s ghp_first_value | lockstep secret set TOKEN --allow exec
git add vault && git commit --quiet --message first
## before: git checkout
git checkout --quiet -b other
printf %s of-the-other-branch | lockstep secret set TOKEN
git commit --quiet --all --message other
git checkout --quiet main
printf %s of-the-main-branch | lockstep secret set TOKEN
git commit --quiet --all --message main
if git merge other; then exit 1; fi
